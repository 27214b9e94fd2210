package e2e

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// envNamespace has the name of the test that runs in this network namespace.
const envNamespace = "E2E_TEST_NAMESPACE"

// inNamespace runs a test as a process in a network namespace of its own. The namespace has only
// loopback, and ends with the process.
func inNamespace(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	if os.Getenv(envNamespace) == t.Name() {
		list, err := net.Interfaces()
		if err != nil || len(list) == 0 || list[0].Flags&net.FlagUp != 0 {
			t.Fatalf("not a new network namespace: %v, %v", list, err)
		}
		if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		test(t)
		return
	}
	t.Parallel()
	if noRegistrar != "" {
		t.Skip("no registrar to test with: ", noRegistrar)
	}
	if os.Getuid() != 0 {
		t.Skip("network namespaces need root, and without one multicast could reach others")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("no ip command: ", err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.timeout=500s")
	cmd.Env = append(os.Environ(), envNamespace+"="+t.Name(), envBin+"="+bin)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EINVAL) {
		t.Skip("no network namespace: ", err)
	}
	if err != nil {
		t.Fatalf("in the namespace: %v\n%s", err, out)
	}
	if !strings.Contains(string(out), "PASS") {
		t.Fatalf("no test was run:\n%s", out)
	}
}

// TestAnnounces asserts that programs find each other by multicast on loopback.
func TestAnnounces(t *testing.T) {
	inNamespace(t, func(t *testing.T) {
		for _, port := range []string{"auto", "127.0.0.1:3863", "0.0.0.0:3863"} {
			t.Run(port, func(t *testing.T) {
				server := start(t, "rspserver", "-interface=lo")
				terminal := start(t, "rspterminal", "-interface=lo")
				server.expect("registrar +announced in 239.0.0.50:3863$")
				registrar := start(t, "rspregistrar", "-asap="+port, "-interface=lo", "-loglevel=4")
				registrar.expect("announced in +239.0.0.50:3863$")
				id := server.expect("^element (0x[0-9a-f]{8}) registered in pool EchoPool, serving at 127.0.0.1:")
				registrar.expect("element registered.*pe_id=" + id)
				terminal.expect("session with element " + id)
				exchange(terminal, "hello")

				// Another registrar, at any port, takes the place of the first.
				registrar.kill()
				server.expect("home registrar lost")
				next := start(t, "rspregistrar", "-interface=lo", "-loglevel=4")
				next.expect("element registered.*pe_id=" + id)
				if port != "auto" {
					return
				}
				// A program in another group hears no announces.
				deaf := start(t, "rspterminal", "-interface=lo", "-asapannounce=239.0.0.77")
				deaf.expect("waiting for a registrar announced in 239.0.0.77:3863$")
			})
		}
	})
}
