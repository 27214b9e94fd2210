package stage

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

const patience = time.Minute

// newHosts returns hosts for a test, which it skips where there can be none.
func newHosts(t *testing.T) *Hosts {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("network namespaces need root")
	}
	if out, err := exec.Command("unshare", "--net", "true").CombinedOutput(); err != nil {
		t.Skipf("network namespaces are not permitted: %s", out)
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip(err)
	}
	h, err := NewHosts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// start starts a command of a test, which ends it.
func start(t *testing.T, c Command) *Process {
	t.Helper()
	p, err := Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Kill(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// TestHosts asserts that the hostile host reaches the victim from the last of its addresses, which is no neighbour.
func TestHosts(t *testing.T) {
	h := newHosts(t)
	last := "10.98.255.254"
	server := start(t, Command{Host: h.Victim, Path: "sh", Args: []string{"-c", "ip -4 route get " + last + "; ip -4 -o addr; echo done"}})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := server.AwaitLine(ctx, "done"); err != nil {
		t.Fatal(err)
	}
	out, err := server.Output()
	if err != nil || !strings.Contains(out, last+" via "+hostileAddr) || !strings.Contains(out, ClientAddr.String()+"/24") {
		t.Errorf("%v\n%s", err, out)
	}
	hostile := start(t, Command{Host: h.Hostile, Path: "ip", Args: []string{"-4", "route", "get", VictimAddr.String(), "from", last}})
	if out, err := hostile.Output(); err != nil || !strings.Contains(out, "dev cable") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestProcess follows a process from its start to its end.
func TestProcess(t *testing.T) {
	h := newHosts(t)
	p := start(t, Command{Host: h.Victim, Nice: 5, Path: "sh", Args: []string{"-c", "echo ready; nice; read line"}})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := p.AwaitLine(ctx, "ready"); err != nil {
		t.Fatal(err)
	}
	<-p.Done() // Its input is empty.
	if out, err := p.Output(); err == nil || out != "" || p.IsAlive() {
		t.Errorf("%q, %v: the process has read a line", out, err)
	}
	sleeping := start(t, Command{Host: h.Victim, Path: "sleep", Args: []string{"60"}})
	now, most := 0, 0
	for now == 0 && sleeping.IsAlive() {
		now, most = sleeping.Memory()
	}
	if now <= 0 || most < now || !sleeping.IsAlive() {
		t.Errorf("memory %d and %d KiB, alive %v", now, most, sleeping.IsAlive())
	}
	if err := sleeping.Kill(); err != nil || sleeping.IsAlive() {
		t.Errorf("%v, alive %v", err, sleeping.IsAlive())
	}
	if now, after := sleeping.Memory(); now != 0 || after < most {
		t.Errorf("memory %d and %d KiB after the end", now, after)
	}
}

// TestFailedProcess asserts that the error has the reason.
func TestFailedProcess(t *testing.T) {
	h := newHosts(t)
	p := start(t, Command{Host: h.Victim, Path: "sh", Args: []string{"-c", "echo first >&2; echo the reason >&2; exit 3"}})
	if err := p.AwaitLine(t.Context(), "ready"); err == nil || !strings.HasSuffix(err.Error(), "exit status 3: the reason") {
		t.Errorf("%v", err)
	}
}

// TestMemoryGroup asserts that a process that takes more than its group may have is killed.
func TestMemoryGroup(t *testing.T) {
	h := newHosts(t)
	g, err := NewMemoryGroup(20 << 20)
	if err != nil {
		t.Fatal(err)
	}
	if g == nil {
		t.Skip("no cgroups of version 1")
	}
	p := start(t, Command{Host: h.Victim, Group: g, Path: "sh", Args: []string{"-c", "head -c 200000000 /dev/zero | tail -c 200000000 | wc -c"}})
	out, _ := p.Output() // The pipe may end well without its middle.
	if strings.TrimSpace(out) == "200000000" {
		t.Error("the process has had 200 MB")
	}
	if err := g.Close(); err != nil {
		t.Error(err)
	}
}

// TestNotRoot asserts that users without rights are told.
func TestNotRoot(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("this is root")
	}
	if _, err := NewHosts(t.Context()); !errors.Is(err, ErrNotRoot) {
		t.Errorf("%v", err)
	}
}
