package e2e

import (
	"fmt"
	"syscall"
	"testing"
	"time"
)

// exchange sends a line and returns the element that answers.
func exchange(terminal *process, line string) (element string) {
	terminal.t.Helper()
	terminal.say("%s", line)
	return terminal.expect("from PE (0x[0-9a-f]{8})> " + line + "$")
}

// TestSession is the life of a session whose servers are killed, stopped and started.
func TestSession(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	registrar := site.registrar()
	servers := make(map[string]*process)
	for range 2 {
		p, id := site.registeredServer()
		servers[id] = p
		registrar.expect("element registered.*pe_id=" + id)
	}
	terminal := site.terminal()
	first := exchange(terminal, "one")
	if again := exchange(terminal, "two"); again != first {
		t.Errorf("the second answer is from %s, not from %s", again, first)
	}
	servers[first].expect("session 1: echo of 4 octets$")
	servers[first].kill()
	delete(servers, first)
	began := time.Now()
	second := exchange(terminal, "three")
	t.Logf("first answer %v after the death of the server", time.Since(began))
	if servers[second] == nil {
		t.Fatalf("the answer is from %s, want one of %v", second, servers)
	}
	registrar.expect("element removed.*pe_id=" + first)

	servers[second].signal(syscall.SIGTERM)
	registrar.expect("element removed.*pe_id=" + second + ".*reason=.*dereg")
	servers[second].expectEnd(0)
	terminal.expect("element " + second + " has ended the session, failover 2 in 1s")
	terminal.expect("waiting for an element: pool EchoPool is empty")

	terminal.say("four") // There is no server.
	_, third := site.registeredServer()
	terminal.expect("going on at element " + third)
	terminal.expect("from PE " + third + "> four$")
	if err := terminal.stdin.Close(); err != nil {
		t.Error(err)
	}
	terminal.expect("4 lines sent, 4 answers, 2 failovers")
	terminal.expectEnd(0)
}

// TestServerBeforeRegistrar asserts that programs without a registrar wait, and say so.
func TestServerBeforeRegistrar(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	server := site.server()
	terminal := site.terminal()
	server.expect("no registrar yet, still looking.*" + site.addr.String())
	terminal.expect("waiting for a registrar at " + site.addr.String() + "$")
	site.registrar()
	id := server.expect("^element (0x[0-9a-f]{8}) registered")
	terminal.expect("session with element " + id)
	exchange(terminal, "hello")
}

// TestRegistrarRestart asserts that servers register again after a restart of the registrar, and that
// sessions do not need a registrar.
func TestRegistrarRestart(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	registrar := site.registrar()
	_, first := site.registeredServer()
	_, second := site.registeredServer()
	terminal := site.terminal()
	serving := exchange(terminal, "one")
	registrar.kill()
	if now := exchange(terminal, "two"); now != serving {
		t.Errorf("the session has moved from %s to %s", serving, now)
	}
	began := time.Now()
	registrar = site.registrar()
	registrar.expect("element registered.*pe_id=(" + first + "|" + second + ")")
	registrar.expect("element registered.*pe_id=(" + first + "|" + second + ")")
	t.Logf("all servers registered again after %v", time.Since(began))
	if now := exchange(terminal, "three"); now != serving {
		t.Errorf("the session has moved from %s to %s", serving, now)
	}
	if n := terminal.count("failover"); n > 0 {
		t.Errorf("%d lines about a failover", n)
	}
}

// TestRegistrarFailureTest asserts that a registrar with --uptime starts again at the same port, with
// another identifier, and that servers find it again.
func TestRegistrarFailureTest(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	registrar := start(t, "rspregistrar", "-asap="+site.addr.String(), "-asapannounce=off", "-enrp=127.0.0.1", "-enrpannounce=off",
		"-uptime=0.5", "-downtime=0.1", "-loglevel=4")
	_, id := site.registeredServer()
	seen := make(map[string]bool)
	for range 3 {
		seen[registrar.expect("^rspregistrar (0x[0-9a-f]{8})$")] = true
	}
	if len(seen) != 3 {
		t.Errorf("identifiers %v", seen)
	}
	registrar.expect("element registered.*pe_id=" + id)
	registrar.signal(syscall.SIGINT)
	registrar.expectEnd(0)
}

// TestEndOfInput asserts the end of a terminal after the end of its input.
func TestEndOfInput(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.registrar()
	discard, _ := site.registeredServer("-discard", "-poolhandle=Silent")
	site.registeredServer("-echo")
	t.Run("answers outstanding", func(t *testing.T) {
		terminal := site.terminal("-poolhandle=Silent", "-wait=500")
		terminal.say("one\ntwo")
		_ = terminal.stdin.Close()
		terminal.expect("^rspterminal: pool Silent: 2 lines not answered within 500ms after the end of input$")
		terminal.expectEnd(1)
	})
	t.Run("no answers expected", func(t *testing.T) {
		terminal := site.terminal("-poolhandle=Silent", "-wait=0")
		for i := range 1500 {
			terminal.say("line %d", i)
		}
		_ = terminal.stdin.Close()
		terminal.expectEnd(0)
		discard.expect(fmt.Sprintf("session [12]: %d octets discarded", len("line 1499\n")))
	})
	t.Run("many lines", func(t *testing.T) {
		terminal := site.terminal("-quiet", "-loglevel=0", "-wait=60000")
		for i := range 3000 {
			terminal.say("line %d", i)
		}
		_ = terminal.stdin.Close()
		terminal.expectEnd(0)
		if n := terminal.count("^from PE 0x[0-9a-f]{8}> line [0-9]+$"); n != 3000 || len(terminal.lines) != n {
			t.Errorf("%d answers in %d lines", n, len(terminal.lines))
		}
	})
	t.Run("no input", func(t *testing.T) {
		terminal := site.terminal()
		_ = terminal.stdin.Close()
		terminal.expectEnd(0)
	})
	t.Run("no registrar", func(t *testing.T) {
		terminal := newSite(t).terminal("-wait=6000")
		terminal.say("one")
		_ = terminal.stdin.Close()
		terminal.expect("waiting for a registrar at 127")
		terminal.expect("^rspterminal: pool EchoPool: 1 line not answered within 6s after the end of input$")
		terminal.expectEnd(1)
	})
	t.Run("neither input nor registrar", func(t *testing.T) {
		terminal := newSite(t).terminal("-wait=500")
		_ = terminal.stdin.Close()
		terminal.expect("^rspterminal: pool EchoPool: no session within 500ms after the end of input$")
		terminal.expectEnd(1)
	})
	t.Run("empty pool", func(t *testing.T) {
		terminal := site.terminal("-poolhandle=Nobody")
		terminal.say("one")
		_ = terminal.stdin.Close()
		terminal.expect("waiting for an element: pool Nobody is empty")
		terminal.signal(syscall.SIGINT)
		terminal.expectEnd(0)
	})
}

// TestServices uses the services that do not echo.
func TestServices(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.registrar()
	t.Run("daytime", func(t *testing.T) {
		for range 2 {
			site.registeredServer("-daytime")
		}
		terminal := site.terminal("-poolhandle=DaytimePool")
		terminal.expect(`from PE 0x[0-9a-f]{8}> [A-Z][a-z]+day, [0-9]{2}-[A-Z][a-z]+-20[0-9]{2} [0-9:]{8}\.[0-9]{6}$`)
		// The next sessions come after pauses that grow: not hundreds in a second.
		terminal.expect("failover 1 in 1s or with the next line$")
		terminal.expect("going on at element")
		terminal.expect("failover 2 in 2s or with the next line$")
		if n := terminal.countSeen("from PE "); n > 2 {
			t.Errorf("the time was told %d times", n)
		}
	})
	t.Run("daytime once", func(t *testing.T) {
		terminal := site.terminal("-poolhandle=DaytimePool", "-quiet", "-logquiet")
		_ = terminal.stdin.Close()
		terminal.expectEnd(0)
		if len(terminal.lines) != 1 {
			t.Errorf("printed %q", terminal.lines)
		}
	})
	t.Run("chargen", func(t *testing.T) {
		server, _ := site.registeredServer("-chargen", "-chargenmaxthreads=1")
		server.signal(0)
		terminal := site.terminal("-poolhandle=CharGenPool")
		terminal.expect(`from PE 0x[0-9a-f]{8}> \.\. !"#`)
		other := site.terminal("-poolhandle=CharGenPool")
		server.expect("session refused")
		_ = terminal.stdin.Close()
		terminal.expectEnd(0)
		other.expect("from PE 0x[0-9a-f]{8}> ") // There is room again.
		other.signal(syscall.SIGINT)
		other.expectEnd(0)
		server.signal(syscall.SIGINT)
		server.expectEnd(0)
	})
}
