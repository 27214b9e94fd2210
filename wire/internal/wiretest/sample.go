package wiretest

import (
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

// Unknown are parameters of types that have no meaning, one for each action, the last
// with an odd length.
var Unknown = []wire.RawParam{
	{Type: 0x8123, Value: []byte{1, 2, 3, 4}},
	{Type: 0x0123, Value: []byte{}},
	{Type: 0x4123, Value: []byte{5, 6}},
	{Type: 0xc123, Value: []byte{7}},
}

// Addresses are one of each kind.
var Addresses = []netip.Addr{
	netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("127.0.0.1"),
}

// Transports returns one transport of each protocol, and one with all that it can hold.
func Transports() []wire.Transport {
	return []wire.Transport{
		{Protocol: wire.SCTP, Port: 7, Use: wire.DataAndControl, Addrs: Addresses},
		{Protocol: wire.TCP, Port: 80, Addrs: Addresses[:1]},
		{Protocol: wire.UDP, Port: 53, Addrs: Addresses[1:2]},
		{Protocol: wire.UDPLite, Port: 54, Addrs: Addresses[:1]},
		{Protocol: wire.DCCP, Port: 55, ServiceCode: 0x64697363, Addrs: Addresses[:1]},
		{Protocol: wire.Opaque, Opaque: []byte("opaque")},
		{Protocol: wire.SCTP, Port: 9, Addrs: Addresses[:1], Unknown: Unknown},
	}
}

// AnnounceTransports returns the transports that an announce can have.
func AnnounceTransports() []wire.Transport {
	t := Transports()
	return []wire.Transport{t[1], t[0], t[len(t)-1]}
}

// Policies returns a policy of each type with all its fields, and one of no known type.
func Policies() []wire.Policy {
	all := wire.Policy{
		Weight: 11, Priority: 22, Load: 0x33333333, LoadDegradation: 0x04444444,
		WeightDPF: 0x05555555, LoadDPF: 0x00666666, Distance: 77,
	}
	var out []wire.Policy
	for _, t := range wire.PolicyTypes() {
		p := wire.Policy{Type: t}
		for _, f := range []struct {
			flag     wire.PolicyFields
			to, from *uint32
		}{
			{wire.FieldWeight, &p.Weight, &all.Weight},
			{wire.FieldPriority, &p.Priority, &all.Priority},
			{wire.FieldLoad, &p.Load, &all.Load},
			{wire.FieldLoadDegradation, &p.LoadDegradation, &all.LoadDegradation},
			{wire.FieldWeightDPF, &p.WeightDPF, &all.WeightDPF},
			{wire.FieldLoadDPF, &p.LoadDPF, &all.LoadDPF},
			{wire.FieldDistance, &p.Distance, &all.Distance},
		} {
			if t.Fields()&f.flag != 0 {
				*f.to = *f.from
			}
		}
		out = append(out, p)
	}
	return append(out, wire.Policy{Type: 0x12345678, Extra: "extra"})
}

// PoolElements returns elements with each policy and each transport, the last with all
// that an element can hold.
func PoolElements() []wire.PoolElement {
	transports, policies := Transports(), Policies()
	out := make([]wire.PoolElement, len(policies))
	for i, p := range policies {
		out[i] = wire.PoolElement{
			ID:               wire.PEID(0x10000000 + i),
			HomeID:           0xfeedbeef,
			RegistrationLife: 90 * time.Second,
			UserTransport:    transports[i%len(transports)],
			Policy:           p,
		}
	}
	last := &out[len(out)-1]
	last.ASAPTransport = &wire.Transport{Protocol: wire.SCTP, Port: 40000, Addrs: Addresses, Unknown: Unknown[:1]}
	last.Unknown = Unknown
	return out
}

// Servers returns two registrars, the second with all that it can hold.
func Servers() []wire.ServerInformation {
	t := Transports()
	return []wire.ServerInformation{
		{ID: 0x01020304, Transport: t[0]},
		{ID: 0x0a0b0c0d, Transport: t[len(t)-1], Unknown: Unknown},
	}
}

// SampleCauses returns an error cause of each kind of information.
func SampleCauses() []wire.ErrorCause {
	return []wire.ErrorCause{
		{Code: wire.CauseUnknownPoolHandle, Info: []byte{}},
		{Code: wire.CauseUnrecognizedParameter, Info: []byte{0x40, 0x99, 0, 6, 1, 2}},
		{Code: 0xfedc, Info: []byte{1}},
	}
}
