package cluster_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/transporttest"
	"github.com/rserpool-go/rserpool/wire"
)

// folder is where the registrar is built; TestMain makes and removes it.
var folder string

// build returns the path of the built registrar.
var build = sync.OnceValues(func() (string, error) {
	path := filepath.Join(folder, "rspregistrar")
	out, err := exec.Command("go", "build", "-o", path, "../../rspregistrar").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	var err error
	if folder, err = os.MkdirTemp("", "cluster"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(status)
}

// A process is a registrar that runs.
type process struct {
	t    *testing.T
	on   host
	id   wire.ServerID
	asap netip.AddrPort
	enrp netip.AddrPort

	cmd   *exec.Cmd
	log   bytes.Buffer // to be read when the process has ended
	ended chan struct{}
}

// host is where a process runs, and where elements and users are.
type host struct {
	addr      netip.Addr
	namespace string // of the network; "": that of the test
}

var loopback = host{addr: netip.MustParseAddr("127.0.0.1")}

// listen is where endpoints on the host are bound.
func (h host) listen() transport.ListenConfig {
	return transport.ListenConfig{Addrs: []netip.Addr{h.addr}}
}

// newProcess prepares a registrar, which is not started yet: others can name it as
// their peer.
func newProcess(t *testing.T, on host, id wire.ServerID) *process {
	t.Helper()
	return &process{
		t:    t,
		on:   on,
		id:   id,
		asap: netip.AddrPortFrom(on.addr, transporttest.FreePort(t)),
		enrp: netip.AddrPortFrom(on.addr, transporttest.FreePort(t)),
	}
}

// timers have registrars miss each other soon: those of --profile=fast take a process for
// dead that has to wait for a processor for most of a second. Elements, of which none dies,
// are asked often, and never given up for their silence.
var timers = []string{
	"--peerheartbeatcycle=1000", "--peermaxtimelastheard=1500", "--peermaxtimenoresponse=1000",
	"--mentordiscoverytimeout=300", "--takeoverexpiryinterval=1000",
	"--endpointkeepalivetransmissioninterval=400", "--endpointkeepalivetimeoutinterval=10000",
}

// start starts the process. It is killed at the end of the test, if it has not ended
// by itself.
func (p *process) start(args ...string) {
	p.t.Helper()
	program, err := build()
	if err != nil {
		p.t.Fatal(err)
	}
	args = slices.Concat([]string{
		fmt.Sprintf("--identifier=%d", p.id), "--asap=" + p.asap.String(), "--enrp=" + p.enrp.String(), "--quiet", "--logcolor=off",
	}, timers, args)
	p.cmd = exec.Command(program, args...)
	if p.on.namespace != "" {
		p.cmd = exec.Command("ip", append([]string{"netns", "exec", p.on.namespace, program}, args...)...)
	}
	p.cmd.Stderr = &p.log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.ended = make(chan struct{})
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait()
	}()
	p.t.Cleanup(func() {
		p.kill()
		if p.t.Failed() {
			p.t.Logf("log of %v:\n%s", p.id, tail(p.log.String()))
		}
	})
}

// static has the processes know each other as peers, and nobody else.
func static(of []*process) []string {
	args := []string{"--asapannounce=off", "--enrpannounce=off"}
	for _, p := range of {
		args = append(args, "--peer="+p.enrp.String())
	}
	return args
}

// kill ends the process at once.
func (p *process) kill() {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Error(err)
	}
	<-p.ended
}

// terminate ends the process as an operator does, and waits until it has.
func (p *process) terminate() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	select {
	case <-p.ended:
	case <-time.After(20 * time.Second):
		p.t.Fatal("the registrar does not end")
	}
	if status := p.cmd.ProcessState.ExitCode(); status != 0 {
		p.t.Errorf("exit status %d", status)
	}
}

// tail returns the last lines of a text.
func tail(text string) string {
	const most = 60
	lines := strings.SplitAfter(text, "\n")
	return strings.Join(lines[max(0, len(lines)-most):], "")
}

// await polls until a condition holds, and returns how long that took.
func await(t *testing.T, limit time.Duration, what string, condition func() bool) time.Duration {
	t.Helper()
	begin := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for !condition() {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
	return time.Since(begin)
}
