package machine

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

func addrsOf(texts ...string) []netip.Addr {
	var addrs []netip.Addr
	for _, s := range texts {
		addrs = append(addrs, netip.MustParseAddr(s))
	}
	return addrs
}

func addrPortsOf(texts ...string) []netip.AddrPort {
	var addrs []netip.AddrPort
	for _, s := range texts {
		addrs = append(addrs, netip.MustParseAddrPort(s))
	}
	return addrs
}

// TestAddrsOfAnnounce shows the addresses at which an announced registrar is tried.
func TestAddrsOfAnnounce(t *testing.T) {
	t.Parallel()
	sctp := func(port uint16, addrs ...string) wire.Transport {
		return wire.Transport{Protocol: wire.SCTP, Port: port, Addrs: addrsOf(addrs...)}
	}
	tcp := wire.Transport{Protocol: wire.TCP, Port: 80, Addrs: addrsOf("192.0.2.9")}
	for name, c := range map[string]struct {
		source     string
		transports []wire.Transport
		want       []string
	}{
		"none":               {"192.0.2.1:3863", nil, []string{"192.0.2.1:3863"}},
		"another protocol":   {"192.0.2.1:3863", []wire.Transport{tcp}, []string{"192.0.2.1:3863"}},
		"another port":       {"192.0.2.1:3863", []wire.Transport{sctp(5000)}, []string{"192.0.2.1:5000"}},
		"second transport":   {"192.0.2.1:3863", []wire.Transport{tcp, sctp(5000)}, []string{"192.0.2.1:5000"}},
		"first of two":       {"192.0.2.1:3863", []wire.Transport{sctp(5000), sctp(6000)}, []string{"192.0.2.1:5000"}},
		"further addresses":  {"192.0.2.1:1", []wire.Transport{sctp(5000, "192.0.2.2", "2001:db8::1")}, []string{"192.0.2.1:5000", "192.0.2.2:5000", "[2001:db8::1]:5000"}},
		"source once":        {"192.0.2.1:1", []wire.Transport{sctp(5000, "192.0.2.2", "192.0.2.1")}, []string{"192.0.2.1:5000", "192.0.2.2:5000"}},
		"loopback elsewhere": {"192.0.2.1:1", []wire.Transport{sctp(5000, "127.0.0.1", "::1", "192.0.2.2")}, []string{"192.0.2.1:5000", "192.0.2.2:5000"}},
		"loopback here":      {"127.0.0.1:1", []wire.Transport{sctp(5000, "192.0.2.2", "::1")}, []string{"127.0.0.1:5000", "[::1]:5000"}},
		"link-local":         {"192.0.2.1:1", []wire.Transport{sctp(5000, "fe80::1", "169.254.0.1")}, []string{"192.0.2.1:5000"}},
	} {
		m := &asapmsg.ServerAnnounce{ServerID: 1, Transports: c.transports}
		if got := announcedAddrs(m, netip.MustParseAddrPort(c.source)); !slices.Equal(got, addrPortsOf(c.want...)) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestIsSkipReport shows which errors leave the answer to a request to come.
func TestIsSkipReport(t *testing.T) {
	t.Parallel()
	cause := func(code wire.CauseCode, info ...byte) wire.ErrorCause {
		return wire.ErrorCause{Code: code, Info: info}
	}
	skipped := cause(wire.CauseUnrecognizedParameter, 0xc7, 0x77, 0, 4)
	for name, c := range map[string]struct {
		causes []wire.ErrorCause
		want   bool
	}{
		"none":                 {nil, false},
		"skipped":              {[]wire.ErrorCause{skipped}, true},
		"skipped twice":        {[]wire.ErrorCause{skipped, skipped}, true},
		"message discarded":    {[]wire.ErrorCause{cause(wire.CauseUnrecognizedParameter, 0x47, 0x77, 0, 4)}, false},
		"skipped, discarded":   {[]wire.ErrorCause{skipped, cause(wire.CauseUnrecognizedParameter, 0x47, 0x77, 0, 4)}, false},
		"parameter cut off":    {[]wire.ErrorCause{cause(wire.CauseUnrecognizedParameter, 0xc7)}, false},
		"unrecognized message": {[]wire.ErrorCause{cause(wire.CauseUnrecognizedMessage, 0xc7, 0x77, 0, 4)}, false},
		"another cause":        {[]wire.ErrorCause{skipped, cause(wire.CauseInvalidValues)}, false},
	} {
		if got := isSkipReport(c.causes); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestPolicyOf shows that a pool without a policy has Round Robin.
func TestPolicyOf(t *testing.T) {
	t.Parallel()
	if p := policyOf(&asapmsg.HandleResolutionResponse{}); p.Type != wire.RoundRobin {
		t.Errorf("policy %v without a parameter", p)
	}
	want := wire.Policy{Type: wire.LeastUsed, Load: 7}
	if p := policyOf(&asapmsg.HandleResolutionResponse{Policy: &want}); p.Type != want.Type || p.Load != want.Load {
		t.Errorf("policy %v, want %v", p, want)
	}
}
