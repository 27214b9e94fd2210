package e2e

import (
	"syscall"
	"testing"

	"github.com/rserpool-go/rserpool/apps/fractal"
	"github.com/rserpool-go/rserpool/asap"
)

// TestHostileFractal has users order the largest and slowest pictures, as many as the server has
// sessions. Other services of the process answer meanwhile, the pictures end with their users, and
// the server ends at once in the middle of a point.
func TestHostileFractal(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.registrar()
	server := site.server("--service=fractal,echo", "-fgpmaxthreads=3")
	server.expect("^element 0x[0-9a-f]{8} registered")
	server.expect("^element 0x[0-9a-f]{8} registered")
	node := site.node()
	order(t, node)
	order(t, node)
	last := order(t, node)
	for range 3 {
		server.expect("Fractal Generator session [0-9]: picture of 65536 x 65536 points")
	}

	// A further user is refused, and other services have their share of the processor.
	further, err := node.Dial(t.Context(), fractal.PoolHandle, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer further.Close()
	server.expect("session refused: limit reached.*sessions=3")
	terminal := site.terminal()
	for range 5 {
		exchange(terminal, "still there")
	}

	if err := last.Close(); err != nil {
		t.Error(err)
	}
	server.expect("Fractal Generator session [0-9]: ends: abort")
	if n := server.count("Fractal Generator session [0-9]: ends"); n > 1 {
		t.Errorf("%d sessions have ended", n)
	}
	server.signal(syscall.SIGTERM)
	server.expectEnd(0)
}

// order orders the largest picture, of points that each take all iterations, and reads nothing.
func order(t *testing.T, node *asap.Node) *asap.Session {
	t.Helper()
	s, err := node.Dial(t.Context(), fractal.PoolHandle, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	const slow = 1.41 // z neither leaves the bounds nor comes back to a former value.
	p := fractal.Parameter{
		Width: fractal.MaxWidth, Height: fractal.MaxHeight, MaxIterations: fractal.MaxIterations,
		Algorithm: fractal.Mandelbrot, C1: slow, C2: slow,
	}
	data, err := p.AppendBinary(nil)
	if err == nil {
		err = s.Send(t.Context(), asap.Message{PPID: fractal.PPID, Data: data})
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}
