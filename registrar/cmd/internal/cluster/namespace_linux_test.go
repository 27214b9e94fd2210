package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/rserpool-go/rserpool/transport"
)

// inNamespace is a network of which the endpoints are in a network namespace, ""
// meaning that of the test. Their addresses must be given.
type inNamespace struct {
	transport.Network
	namespace string
}

// Listen binds an endpoint. A socket stays where it was made.
func (n inNamespace) Listen(ctx context.Context, config transport.ListenConfig) (endpoint transport.Endpoint, err error) {
	if n.namespace == "" {
		return n.Network.Listen(ctx, config)
	}
	enterErr := enter(n.namespace, func() { endpoint, err = n.Network.Listen(ctx, config) })
	return endpoint, errors.Join(err, enterErr)
}

// enter calls a function with its thread in a namespace.
func enter(namespace string, f func()) error {
	runtime.LockOSThread()
	ours, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		runtime.UnlockOSThread()
		return err
	}
	defer ours.Close()
	theirs, err := os.Open(filepath.Join("/run/netns", namespace))
	if err != nil {
		runtime.UnlockOSThread()
		return err
	}
	defer theirs.Close()
	if err := unix.Setns(int(theirs.Fd()), unix.CLONE_NEWNET); err != nil {
		runtime.UnlockOSThread()
		return err
	}
	f()
	if err := unix.Setns(int(ours.Fd()), unix.CLONE_NEWNET); err != nil {
		return err // The thread stays locked, and ends with its goroutine.
	}
	runtime.UnlockOSThread()
	return nil
}

// A lan is two switches with hosts at them, and a line between the switches.
type lan struct {
	t     *testing.T
	hub   string // the namespace of the switches
	hosts [2][]host
}

// newLAN makes a LAN with so many hosts at each switch.
func newLAN(t *testing.T, each int) *lan {
	t.Helper()
	if testing.Short() {
		t.Skip("runs processes for seconds")
	}
	if os.Getuid() != 0 {
		t.Skip("network namespaces need root")
	}
	t.Parallel()
	l := &lan{t: t, hub: namespaceName(t, "hub")}
	l.addNamespace(l.hub)
	l.ip("-n %s link add line0 type veth peer name line1", l.hub)
	for half := range l.hosts {
		l.ip("-n %s link add sw%d type bridge", l.hub, half)
		l.ip("-n %s link set sw%d up", l.hub, half)
		l.ip("-n %s link set line%d master sw%d", l.hub, half, half)
		l.ip("-n %s link set line%d up", l.hub, half)
		for i := range each {
			l.addHost(half, i)
		}
	}
	return l
}

// namespaceName is a name for a namespace of this test.
func namespaceName(t *testing.T, what string) string {
	return fmt.Sprintf("rsp-%s-%d-%s", what, os.Getpid(), strings.ToLower(t.Name()))
}

func (l *lan) addNamespace(name string) {
	l.t.Helper()
	out, err := exec.Command("ip", "netns", "add", name).CombinedOutput()
	if err != nil {
		l.t.Skipf("no network namespaces here: %v: %s", err, out)
	}
	l.t.Cleanup(func() { _ = exec.Command("ip", "netns", "delete", name).Run() })
}

func (l *lan) addHost(half, i int) {
	l.t.Helper()
	h := host{
		addr:      netip.AddrFrom4([4]byte{10, 77, byte(half), byte(1 + i)}),
		namespace: namespaceName(l.t, fmt.Sprintf("%d-%d", half, i)),
	}
	port := fmt.Sprintf("port%d-%d", half, i)
	l.addNamespace(h.namespace)
	l.ip("-n %s link add %s type veth peer name eth0 netns %s", l.hub, port, h.namespace)
	l.ip("-n %s link set %s master sw%d", l.hub, port, half)
	l.ip("-n %s link set %s up", l.hub, port)
	l.ip("-n %s link set lo up", h.namespace)
	l.ip("-n %s address add %v/16 dev eth0", h.namespace, h.addr)
	l.ip("-n %s link set eth0 up", h.namespace)
	l.ip("-n %s route add default dev eth0", h.namespace)
	l.hosts[half] = append(l.hosts[half], h)
}

func (l *lan) ip(format string, args ...any) {
	l.t.Helper()
	words := strings.Fields(fmt.Sprintf(format, args...))
	if out, err := exec.Command("ip", words...).CombinedOutput(); err != nil {
		l.t.Fatalf("ip %s: %v: %s", strings.Join(words, " "), err, out)
	}
}

// part cuts the line between the switches.
func (l *lan) part() { l.ip("-n %s link set line0 down", l.hub) }

// heal mends it.
func (l *lan) heal() { l.ip("-n %s link set line0 up", l.hub) }

// unplug cuts a host off, which nobody is told.
func (l *lan) unplug(half, i int) { l.ip("-n %s link set port%d-%d down", l.hub, half, i) }
