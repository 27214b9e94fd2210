package e2e

import (
	"syscall"
	"testing"
)

// TestRandomIdentifier asserts that -identifier=0 draws an identifier (fault 5 of
// docs/coming-from-rsplib.md).
func TestRandomIdentifier(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.registrar()
	_, first := site.registeredServer("-identifier=0")
	_, second := site.registeredServer("-identifier=0")
	if first == "0x00000000" || first == second {
		t.Errorf("identifiers %s and %s", first, second)
	}
}

// TestAddressesAfterRestart asserts that a failure test comes back at all addresses of -local
// (fault 6 of docs/coming-from-rsplib.md).
func TestAddressesAfterRestart(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.registrar()
	server := start(t, "rspserver", "-registrar="+site.addr.String(), "-asapannounce=off", "-local=127.0.0.1,127.0.0.2", "-uptime=0.3", "-downtime=0.1")
	for range 3 {
		server.expect("^element 0x[0-9a-f]{8} registered in pool EchoPool, serving at 127.0.0.1:([0-9]+), 127.0.0.2:([0-9]+)$")
	}
	server.signal(syscall.SIGINT)
	server.expectEnd(0)
}

// TestClientGivesUp asserts that the limits of the search for a registrar work in clients (fault 2
// of docs/coming-from-rsplib.md).
func TestClientGivesUp(t *testing.T) {
	t.Parallel()
	site := newSite(t) // There is no registrar.
	for name, reason := range map[string]string{"rspterminal": "pool EchoPool", "pingpongclient": "pool PingPongPool"} {
		client := start(t, name, "-registrar="+site.addr.String(), "-asapannounce=off", "-registrarconnectmaxtrials=1", "-registrarrequestmaxtrials=1",
			"-registrarconnecttimeout=200", "-registrarannouncetimeout=200", "-registrarrequesttimeout=200", "-registrarresponsetimeout=200")
		client.expect("^" + name + ": " + reason + ": .*no registrar")
		client.expectEnd(1)
	}
}
