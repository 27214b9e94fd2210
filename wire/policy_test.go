package wire_test

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/wiretest"
)

// The length of the parameter of each policy, and whether load is reported: RFC 5356, 4
// and 5, and what the deployed implementation sends. The last two it does not.
func TestPolicyFields(t *testing.T) {
	t.Parallel()
	for typ, want := range map[wire.PolicyType]struct {
		length   int
		adaptive bool
	}{
		wire.RoundRobin:                             {8, false},
		wire.WeightedRoundRobin:                     {12, false},
		wire.Random:                                 {8, false},
		wire.WeightedRandom:                         {12, false},
		wire.Priority:                               {12, false},
		wire.LeastUsed:                              {12, true},
		wire.LeastUsedDegradation:                   {16, true},
		wire.PriorityLeastUsed:                      {16, true},
		wire.RandomizedLeastUsed:                    {12, true},
		wire.RandomizedPriorityLeastUsed:            {16, true},
		wire.RandomizedLeastUsedDegradation:         {16, true},
		wire.PriorityLeastUsedDegradation:           {16, true},
		wire.RandomizedPriorityLeastUsedDegradation: {16, true},
		wire.WeightedRandomDPF:                      {20, false},
		wire.LeastUsedDPF:                           {20, true},
		wire.LeastUsedDegradationDPF:                {24, true},
		wire.PriorityLeastUsedDPF:                   {24, true},
		wire.PriorityLeastUsedDegradationDPF:        {24, true},
	} {
		b, err := wire.Policy{Type: typ}.AppendBinary(nil)
		if err != nil || len(b) != want.length || typ.Adaptive() != want.adaptive || !typ.Known() {
			t.Errorf("%v: %x, %v, adaptive: %v", typ, b, err, typ.Adaptive())
		}
	}
	if u := wire.PolicyType(0x12345678); u.Known() || u.Adaptive() || u.Fields() != 0 {
		t.Errorf("%v is known", u)
	}
}

// Each field is where it belongs: the values of the samples differ.
func TestPolicyFieldOrder(t *testing.T) {
	t.Parallel()
	want := map[wire.PolicyType]string{
		wire.Priority:                "0008000c 00000005 00000016",
		wire.LeastUsedDegradation:    "00080010 40000002 33333333 04444444",
		wire.WeightedRandomDPF:       "00080014 b0002001 0000000b 05555555 0000004d",
		wire.LeastUsedDPF:            "00080014 b0002002 33333333 00666666 0000004d",
		wire.LeastUsedDegradationDPF: "00080018 b0002003 33333333 04444444 00666666 0000004d",
		0x12345678:                   "0008000d 12345678 65787472 61000000",
	}

	for _, p := range wiretest.Policies() {
		s, ok := want[p.Type]
		if !ok {
			continue
		}
		delete(want, p.Type)
		if b, err := p.AppendBinary(nil); err != nil || string(b) != string(unhex(t, s)) {
			t.Errorf("%v: %x, %v, want %s", p.Type, b, err, s)
		}
	}
	if len(want) != 0 {
		t.Errorf("no samples of %v", want)
	}
}

func TestAddrPorts(t *testing.T) {
	t.Parallel()
	tr := wire.Transport{Protocol: wire.SCTP, Port: 7, Addrs: wiretest.Addresses}
	want := []netip.AddrPort{
		netip.MustParseAddrPort("192.0.2.1:7"),
		netip.MustParseAddrPort("[2001:db8::1]:7"),
		netip.MustParseAddrPort("127.0.0.1:7"),
	}
	if got := tr.AddrPorts(); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// Addresses mapped into IPv6 are IPv4 addresses on the wire, and when they come from it.
func TestMappedAddresses(t *testing.T) {
	t.Parallel()
	tr := wire.Transport{Protocol: wire.UDP, Port: 7, Addrs: []netip.Addr{netip.MustParseAddr("::ffff:192.0.2.1")}}
	b, err := tr.AppendBinary(nil)
	if want := unhex(t, "00060010 00070000"+address); err != nil || string(b) != string(want) {
		t.Errorf("%x, %v, want %x", b, err, want)
	}
	mapped := unhex(t, "0006001c 00070000 00020014 00000000 00000000 0000ffff c0000201")
	for p := range wire.Params(mapped) {
		got, err := wire.ParseTransport(p)
		if err != nil || !slices.Equal(got.Addrs, wiretest.Addresses[:1]) {
			t.Errorf("%v, %v", got.Addrs, err)
		}
	}
}
