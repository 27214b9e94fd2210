package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/rserpool-go/rserpool/apps/fractal"
	"github.com/rserpool-go/rserpool/apps/internal/picture"
)

// largePlace is a place whose picture takes some seconds of both processors, since it is large and lies at the bounds of the
// set. Corners and steps of a picture of 2048 x 1536 points have no rounding, so the points of tiles are exactly those of
// the whole.
const largePlace = `<FractalV1><AlgorithmName>Mandelbrot</AlgorithmName><MaxIterations>1500</MaxIterations>
<C1Real>0.71875</C1Real><C1Imag>0.140625</C1Imag><C2Real>0.78125</C2Real><C2Imag>0.09375</C2Imag></FractalV1>`

// TestFractal kills the servers of two sessions, one after the other. The picture must be that of a plain
// loop, octet for octet: an element that is killed leaves no hole (faults 13 and 16 of RSPLIB).
func TestFractal(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.registrar()
	servers := make(map[string]*process)
	for range 3 {
		p, id := site.registeredServer("-fractal")
		servers[id] = p
	}
	dir := t.TempDir()
	file, prefix := filepath.Join(dir, "picture.png"), filepath.Join(dir, "series-")
	if err := os.WriteFile(filepath.Join(dir, "large.fsf"), []byte(largePlace), 0o600); err != nil {
		t.Fatal(err)
	}
	client := start(t, "fractalpooluser", "-registrar="+site.addr.String(), "-asapannounce=off", "-threads=4",
		"-width=2048", "-height=1536", "-nocolormarks", "-nosessions", "-configdir="+dir, "-png="+file, "-imagestorageprefix="+prefix)
	client.expect(" picture 1, large: 2048 x 1536 points, 4 sessions$")
	first := client.expect(" session [0-9]: element (0x[0-9a-f]{8})$")
	client.expect(" picture 1: 10 %$")
	servers[first].kill()
	second := client.expect(" session [0-9]: failover 1: left element " + first + ", because it is gone, going on at element (0x[0-9a-f]{8}) with the state of the session$")
	servers[second].kill()
	client.expect(" session [0-9]: failover [12]: left element " + second + ", because it is gone, going on at element (0x[0-9a-f]{8}) with the state of the session$")
	client.expect(" picture 1: 100 %$")
	client.expect(" picture 1: complete after [0-9.]+ s, [2-9] failovers$")
	client.expectEnd(0)

	want := drawAlone(t)
	for _, name := range []string{file, prefix + "000001.png"} {
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not the picture of a plain loop", filepath.Base(name))
		}
	}
}

// drawAlone returns the picture of the place, calculated by a plain loop.
func drawAlone(t *testing.T) []byte {
	t.Helper()
	order := fractal.Parameter{
		Width: 2048, Height: 1536, MaxIterations: 1500, Algorithm: fractal.Mandelbrot,
		C1: complex(0.71875, 0.140625), C2: complex(0.78125, 0.09375), N: 2,
	}
	alone := picture.New("large", 1, order, 1, nil)
	g := fractal.NewGenerator(&order)
	for y := range order.Height {
		row := fractal.Data{StartY: y}
		for x := range order.Width {
			row.Points = append(row.Points, g.Value(x, y))
		}
		alone.Add(0, &row)
	}
	var out bytes.Buffer
	if err := alone.View(picture.Marks{}).WritePNG(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
