//go:build linux && !386

package kernelsctp

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/assoctest"
)

// setLoopback sets the loopback interface up or down.
func setLoopback(t *testing.T, up bool) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	r, err := unix.NewIfreq("lo")
	if err != nil {
		t.Fatal(err)
	}
	if up {
		r.SetUint16(unix.IFF_UP)
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, r); err != nil {
		t.Fatal(err)
	}
}

// TestRestart has a peer crash without a word, and open its association anew, while the
// association has the endpoint's socket or one of its own, or waits to send.
func TestRestart(t *testing.T) {
	needSCTP(t)
	if !inNamespace(t) {
		return
	}
	for name, prepare := range map[string]func(t *testing.T, b *association) <-chan error{
		"Shared": func(*testing.T, *association) <-chan error { return nil },
		"Own": func(_ *testing.T, b *association) <-chan error {
			b.moveOut()
			return nil
		},
		"Sending": func(t *testing.T, b *association) <-chan error {
			ended := make(chan error, 1)
			ctx := assoctest.Limit(t)
			go func() {
				for {
					if err := b.Send(ctx, transport.Message{Data: make([]byte, 4<<10)}); err != nil {
						ended <- err
						return
					}
				}
			}()
			for b.sock.Load() == b.e.sock {
				select {
				case err := <-ended:
					t.Fatal(err)
				default:
					runtime.Gosched()
				}
			}
			return ended
		},
	} {
		t.Run(name, func(t *testing.T) { restart(t, prepare) })
	}
}

// inNamespace runs the test in a process in a network namespace of its own, and reports
// whether this is that process.
func inNamespace(t *testing.T) bool {
	t.Helper()
	const env = "KERNELSCTP_TEST_NAMESPACE"
	if os.Getenv(env) == t.Name() {
		return true
	}
	if os.Getuid() != 0 {
		t.Skip("network namespaces need root")
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), env+"="+t.Name())
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("in the namespace: %v\n%s", err, out)
	}
	return false
}

func restart(t *testing.T, prepare func(t *testing.T, b *association) <-chan error) {
	setLoopback(t, true)
	server, client := bindEndpoint(t, Config{}, loopback), bindEndpoint(t, Config{QueueLimit: 16 << 10}, loopback)
	a, b := connectEndpoints(t, client, server)
	sendText(t, a, "there")
	receiveText(t, b, "there")
	ended := prepare(t, b)

	setLoopback(t, false)
	if err := client.Close(); err != nil {
		t.Error(err)
	}
	setLoopback(t, true)
	again := loopback
	again.Port = client.port
	c, d := connectEndpoints(t, bindEndpoint(t, Config{}, again), server)
	<-b.Done()
	if down, ok := errors.AsType[*transport.DownError](b.Err()); !ok || down.Cause != transport.CauseRestart {
		t.Errorf("down because %v", b.Err())
	}
	if ended != nil {
		if err := <-ended; !errors.Is(err, b.Err()) {
			t.Errorf("Send: %v", err)
		}
	}
	sendText(t, d, "back")
	if m, err := c.Receive(assoctest.Limit(t)); err != nil || string(m.Data) != "back" {
		t.Fatalf("%d octets, %v, want %q", len(m.Data), err, "back")
	}
	sendText(t, c, "there again")
	receiveText(t, d, "there again")
	if err := c.Shutdown(assoctest.Limit(t)); err != nil {
		t.Error(err)
	}
	<-d.Done()
}
