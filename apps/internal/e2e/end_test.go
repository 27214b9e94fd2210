package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// interruptions are programs in different states.
var interruptions = []struct {
	name  string
	start func(t *testing.T, s site) *process
}{
	{"registrar", func(_ *testing.T, s site) *process { return s.registrar() }},
	{"registrar with clients", func(_ *testing.T, s site) *process {
		p := s.registrar()
		s.registeredServer()
		s.terminal().expect("session with element")
		return p
	}},
	{"server", func(_ *testing.T, s site) *process {
		s.registrar()
		p, _ := s.registeredServer()
		return p
	}},
	{"server in a session", func(_ *testing.T, s site) *process {
		s.registrar()
		p, _ := s.registeredServer()
		s.terminal().expect("session with element")
		return p
	}},
	{"server without registrar", func(_ *testing.T, s site) *process {
		p := s.server()
		p.expect("registrar +at 127")
		return p
	}},
	{"server whose registrar has gone", func(_ *testing.T, s site) *process {
		r := s.registrar()
		p, _ := s.registeredServer()
		r.kill()
		p.expect("home registrar lost")
		return p
	}},
	{"server whose registrar hangs", func(_ *testing.T, s site) *process {
		r := s.registrar()
		p, _ := s.registeredServer()
		r.signal(syscall.SIGSTOP)
		return p
	}},
	{"server in a failure test", func(_ *testing.T, s site) *process {
		s.registrar()
		p := s.server("-uptime=0.3", "-downtime=0.1")
		for range 3 {
			p.expect("^element (0x[0-9a-f]{8}) registered")
		}
		return p
	}},
	{"terminal without registrar", func(_ *testing.T, s site) *process {
		p := s.terminal()
		p.expect("waiting")
		return p
	}},
	{"terminal in a session", func(_ *testing.T, s site) *process {
		s.registrar()
		s.registeredServer()
		p := s.terminal()
		p.expect("session with element")
		return p
	}},
	{"terminal whose server hangs", func(_ *testing.T, s site) *process {
		s.registrar()
		server, _ := s.registeredServer()
		p := s.terminal()
		p.expect("session with element")
		server.signal(syscall.SIGSTOP)
		p.say("hello")
		return p
	}},
}

// TestInterrupt asserts that every program ends in order when it is interrupted.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	// Far more than any program needs.
	const bound = 20 * time.Second
	for _, test := range interruptions {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := test.start(t, newSite(t))
			began := time.Now()
			p.signal(syscall.SIGINT)
			p.expectEnd(0)
			took := time.Since(began)
			t.Logf("ended after %v", took)
			if took > bound {
				t.Errorf("ended after %v", took)
			}
		})
	}
}

// TestInterruptTwice asserts that a second signal ends a program that hangs.
func TestInterruptTwice(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	registrar := site.registrar()
	server, _ := site.registeredServer()
	registrar.signal(syscall.SIGSTOP) // So that the deregistration takes its time.
	server.signal(syscall.SIGINT)
	server.expect("a second signal ends the program at once")
	server.signal(syscall.SIGINT)
	server.expectEnd(-1)
	if s := server.cmd.ProcessState.Sys().(syscall.WaitStatus); s.Signal() != syscall.SIGINT {
		t.Errorf("ended with %v", server.cmd.ProcessState)
	}
}

// TestBusyPort asserts that the message names the address.
func TestBusyPort(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.registrar()
	addr := site.addr.String()
	for name, p := range map[string]*process{
		"rspregistrar": start(t, "rspregistrar", "-asap="+addr, "-asapannounce=off", "-enrp=127.0.0.1", "-enrpannounce=off", "-quiet"),
		"rspserver":    start(t, "rspserver", "-registrar="+addr, "-asapannounce=off", "-local="+addr, "-logquiet", "-quiet"),
	} {
		p.expectEnd(1)
		if n := p.count("^" + name + ": cannot listen at " + addr + ": address already in use$"); n != 1 || len(p.lines) != 1 {
			t.Errorf("printed %q", p.lines)
		}
	}
}

// TestServerOptions uses options with a visible effect. It is about faults 3 and 4 of
// docs/coming-from-rsplib.md: the unit of -runtime, and the status after a refused registration.
func TestServerOptions(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	registrar := site.registrar()
	at := freeAddr(t).String()
	server, id := site.registeredServer("-identifier=0x12345678", "-poolhandle=My Pool", "-policy=WeightedRandom:7", "-local="+at, "-rereginterval=1000", "-runtime=10000")
	if id != "0x12345678" {
		t.Errorf("the identifier is %s", id)
	}
	if server.count("serving at "+at+"$") != 1 || server.count("^  policy +WeightedRandom:7$") != 1 || server.count("^  pool handle +My Pool$") != 1 ||
		server.count("^  run time +10.000 s$") != 1 ||
		server.count(fmt.Sprintf("^  process +%d$", server.cmd.Process.Pid)) != 1 {
		t.Errorf("printed %q", server.lines)
	}
	registrar.expect(`element registered.*pool="?My Pool"? pe_id=0x12345678`)
	terminal := site.terminal("-poolhandle=My Pool")
	terminal.expect("session with element 0x12345678")
	server.expectEnd(0)
	registrar.expect("element removed.*0x12345678")

	t.Run("another policy in the pool", func(t *testing.T) {
		site.registeredServer("-poolhandle=Mixed", "-policy=LeastUsed")
		second := site.server("-poolhandle=Mixed", "-policy=Random", "-logquiet")
		second.expect("^rspserver: pool Mixed: rejected by the registrar: ")
		second.expectEnd(1)
	})
	t.Run("quiet", func(t *testing.T) {
		server := site.server("-quiet", "-logquiet", "-poolhandle=Quiet")
		registrar.expect("element registered.*pool=Quiet")
		server.signal(syscall.SIGINT)
		server.expectEnd(0)
		if len(server.lines) > 0 {
			t.Errorf("printed %q", server.lines)
		}
	})
}

// TestDemo asserts that the demonstration succeeds, and that it fails if a program has a fault.
func TestDemo(t *testing.T) {
	t.Parallel()
	if noRegistrar != "" {
		t.Skip("no registrar to test with: ", noRegistrar)
	}
	t.Run("all is well", func(t *testing.T) {
		t.Parallel()
		demo := start(t, "rspdemo")
		for _, line := range []string{
			"registrar serves at", "element .* registered", "element .* registered", "element .* registered", "session with element .* all answered",
			"killed with SIGKILL", "session resumed on element .* after [0-9]+ ms$", "6 of 6 lines answered", "deregistered", "deregistered",
			"pool EchoPool is empty", "nothing is left running", "all is well$",
		} {
			demo.expect(line)
		}
		demo.expectEnd(0)
	})
	for name, test := range map[string]struct{ program, script, want string }{
		"silent server":   {"rspserver", `exec "$BIN/rspserver" "$@" -discard`, `^rspdemo: rspterminal \(process [0-9]+\) has not said "from PE " in time$`},
		"server hangs":    {"rspserver", `echo in vain >&2; exec sleep 60`, `^rspdemo: rspserver \(process [0-9]+\) has not said "element " in time$`},
		"server fails":    {"rspserver", `exit 3`, `^rspdemo: rspserver \(process [0-9]+\) ended \(exit status 3\) before it said "element "$`},
		"registrar fails": {"rspregistrar", `echo no good >&2; exit 1`, `^rspdemo: rspregistrar \(process [0-9]+\) ended \(exit status 1\) before it said`},
		"wrong answers":   {"rspterminal", `while read line; do echo "from PE 0x00000001> no"; done`, `^rspdemo: rspterminal \(process [0-9]+\) sent "line 1" and got "no"$`},
		"unknown element": {"rspterminal", `while read line; do echo "from PE 0x00000000> $line"; done`, `^rspdemo: rspterminal .* which is not part of the demonstration$`},
		"terminal hangs":  {"rspterminal", `"$BIN/rspterminal" "$@"; exec sleep 60`, `^rspdemo: rspterminal \(process [0-9]+\) does not end$`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for _, p := range []string{"rspregistrar", "rspserver", "rspterminal"} {
				if err := os.Symlink(filepath.Join(bin, p), filepath.Join(dir, p)); err != nil {
					t.Fatal(err)
				}
			}
			broken := filepath.Join(dir, test.program)
			if err := os.Remove(broken); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(broken, []byte("#!/bin/sh\nBIN='"+bin+"'\n"+test.script+"\n"), 0o777); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			demo := start(t, "rspdemo", "--dir="+dir)
			demo.expect(test.want)
			demo.expectEnd(1)
			t.Logf("failed after %v", time.Since(began))
		})
	}
}
