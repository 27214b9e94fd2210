package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rserpool-go/rserpool/csp"
	"github.com/rserpool-go/rserpool/internal/cli/clitest"
)

// TestSeveralServices has a process serve three pools, and report three elements.
func TestSeveralServices(t *testing.T) {
	t.Parallel()
	site, m := newSite(t), clitest.NewMonitor(t)
	registrar := site.registrar()
	server := site.server(append(reportsTo(m), "--service=echo,discard,pingpong", "-policy=LeastUsed")...)
	ids := make(map[string]string)
	for range 3 {
		pool := server.expect("^element 0x[0-9a-f]{8} registered in pool ([A-Za-z]+), serving at 127.0.0.1:[0-9]+$")
		ids[pool] = ""
	}
	for range 3 {
		line := registrar.expect("element registered(.*)$")
		for pool := range ids {
			if _, id, ok := strings.Cut(line, "pool="+pool+" pe_id="); ok {
				ids[pool], _, _ = strings.Cut(id, " ")
			}
		}
	}
	for _, title := range []string{"Echo", "Discard", "Ping Pong"} {
		if server.count("^  service +"+title+"$") != 1 {
			t.Errorf("the start text has no service %s: %q", title, server.lines)
		}
	}
	terminal := site.terminal()
	if id := exchange(terminal, "hello"); id != ids["EchoPool"] {
		t.Errorf("the answer is from %s, the elements are %v", id, ids)
	}
	server.expect("Echo session 1: echo of 6 octets$")
	client := start(t, "pingpongclient", "-registrar="+site.addr.String(), "-asapannounce=off", "-interval=10")
	client.expect(ids["PingPongPool"])
	server.expect("Ping Pong session 1: begins")
	seen := make(map[csp.ComponentID]bool)
	m.Await("all elements", func(r *csp.Report) bool {
		if r.Status == "1 Session" || r.Status == "0 Sessions" {
			seen[r.SenderID] = true
		}
		return len(seen) == 3
	})

	// The end of the process takes all elements out of their pools.
	server.signal(syscall.SIGTERM)
	for range 3 {
		registrar.expect("element removed.*reason=.*dereg")
	}
	server.expectEnd(0)
}

// TestSeveralServicesFail asserts that a process ends when one of its elements is refused.
func TestSeveralServicesFail(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	registrar := site.registrar()
	site.registeredServer("-discard", "-policy=Random")
	server := site.server("--service=echo,discard")
	server.expect("^rspserver: pool DiscardPool: rejected by the registrar: ")
	server.expectEnd(1)
	if server.count("^element .* in pool EchoPool") == 1 {
		registrar.expect("element removed.*pool=EchoPool")
	}
}

// TestSealedStates has sessions go on between servers with the same key, and not with another.
func TestSealedStates(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.registrar()
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte(strings.Repeat("5a", 32)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	first, _ := site.registeredServer("-pingpong", "--cookiekey="+key)
	client := start(t, "pingpongclient", "-registrar="+site.addr.String(), "-asapannounce=off", "-interval=10")
	client.expect("pong [0-9]+ from")
	foreign, _ := site.registeredServer("-pingpong", "-poolhandle=PingPongPool")
	first.kill()
	foreign.expect("session 1: ends: .*")
	foreign.kill()
	same, _ := site.registeredServer("-pingpong", "--cookiekey="+key)
	same.expect("resumed at pong [0-9]+$")
}
