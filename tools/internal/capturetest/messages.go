package capturetest

import (
	"encoding"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/apps/calcapp"
	"github.com/rserpool-go/rserpool/apps/fractal"
	"github.com/rserpool-go/rserpool/apps/pingpong"
	"github.com/rserpool-go/rserpool/apps/scripting"
	"github.com/rserpool-go/rserpool/csp"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// A Sample is a message with what carries it: an SCTP payload protocol identifier, or
// a UDP port.
type Sample struct {
	PPID    uint32
	UDPPort uint16
	Message encoding.BinaryAppender
}

// Octets returns the encoded message.
func (s *Sample) Octets() []byte {
	b, err := s.Message.AppendBinary(nil)
	if err != nil {
		panic("BUG: sample: " + err.Error())
	}
	return b
}

// Samples returns a message of every type of every protocol, with every parameter and
// policy that has a form on the wire in the deployed implementation.
func Samples() []Sample {
	out := asapSamples()
	for _, p := range Policies() {
		e := Element(p)
		out = append(out, Sample{PPID: wire.PPIDASAP, Message: &asapmsg.Registration{PoolHandle: Pool, PoolElement: e}})
	}
	for _, t := range Transports() {
		e := Element(wire.Policy{Type: wire.RoundRobin})
		e.UserTransport = t
		out = append(out, Sample{PPID: wire.PPIDASAP, Message: &asapmsg.Registration{PoolHandle: Pool, PoolElement: e}})
	}
	out = append(out, enrpSamples()...)
	out = append(out, appSamples()...)
	return append(out,
		Sample{UDPPort: wire.PortASAP, Message: &asapmsg.ServerAnnounce{ServerID: serverID}},
		Sample{UDPPort: wire.PortENRP, Message: presence(0)},
		Sample{UDPPort: csp.Port, Message: Report()},
	)
}

// Pool is the pool handle in the samples.
const Pool wire.PoolHandle = "EchoPool"

const (
	peID     wire.PEID     = 0x12345678
	serverID wire.ServerID = 0x0a0b0c0d
	peerID   wire.ServerID = 0x01020304
)

func sctp(port uint16, addrs ...string) wire.Transport {
	t := wire.Transport{Protocol: wire.SCTP, Port: port}
	for _, a := range addrs {
		t.Addrs = append(t.Addrs, netip.MustParseAddr(a))
	}
	return t
}

// Policies returns a policy of every type with values in all fields.
func Policies() []wire.Policy {
	var out []wire.Policy
	for _, t := range wire.PolicyTypes() {
		if t == wire.PriorityLeastUsedDPF || t == wire.PriorityLeastUsedDegradationDPF {
			continue // The deployed implementation has no form on the wire for these.
		}
		p := wire.Policy{Type: t}
		for _, f := range []struct {
			field wire.PolicyFields
			to    *uint32
			value uint32
		}{
			{wire.FieldWeight, &p.Weight, 7},
			{wire.FieldPriority, &p.Priority, 9},
			{wire.FieldLoad, &p.Load, 0x40000000},
			{wire.FieldLoadDegradation, &p.LoadDegradation, 0x10000000},
			{wire.FieldWeightDPF, &p.WeightDPF, 0x00100000},
			{wire.FieldLoadDPF, &p.LoadDPF, 0x00200000},
			{wire.FieldDistance, &p.Distance, 150},
		} {
			if t.Fields()&f.field != 0 {
				*f.to = f.value
			}
		}
		out = append(out, p)
	}
	return out
}

// Transports returns a transport of every protocol that programs use.
func Transports() []wire.Transport {
	v4, v6 := netip.MustParseAddr("192.0.2.20"), netip.MustParseAddr("2001:db8::20")
	return []wire.Transport{
		sctp(7, "192.0.2.20", "2001:db8::20"),
		{Protocol: wire.SCTP, Port: 7, Use: wire.DataAndControl, Addrs: []netip.Addr{v6}},
		{Protocol: wire.TCP, Port: 80, Addrs: []netip.Addr{v4}},
		{Protocol: wire.UDP, Port: 53, Addrs: []netip.Addr{v6}},
		{Protocol: wire.UDPLite, Port: 54, Addrs: []netip.Addr{v4}},
		{Protocol: wire.DCCP, Port: 55, ServiceCode: 0x41424344, Addrs: []netip.Addr{v4}},
	}
}

// Element returns a pool element as pool users see it.
func Element(p wire.Policy) wire.PoolElement {
	return wire.PoolElement{
		ID: peID, HomeID: serverID, RegistrationLife: 90 * time.Second,
		UserTransport: sctp(7, "192.0.2.10", "2001:db8::10"), Policy: p,
	}
}

// registrarElement returns a pool element as registrars see it.
func registrarElement(id wire.PEID) wire.PoolElement {
	e := Element(wire.Policy{Type: wire.WeightedRoundRobin, Weight: 3})
	e.ID = id
	t := sctp(40000, "192.0.2.10")
	e.ASAPTransport = &t
	return e
}

func asapSamples() []Sample {
	policy := wire.Policy{Type: wire.LeastUsed, Load: 0x19999999}
	unknown := []wire.ErrorCause{{Code: wire.CauseUnknownPoolHandle}}
	unrecognized := []wire.ErrorCause{{Code: wire.CauseUnrecognizedParameter, Info: []byte("\x40\x99\x00\x08\xaa\xbb\xcc\xdd")}}
	var out []Sample
	for _, m := range []asapmsg.Message{
		&asapmsg.Registration{PoolHandle: "CalcAppPool", PoolElement: Element(policy)},
		&asapmsg.Deregistration{PoolHandle: Pool, PEID: peID},
		&asapmsg.RegistrationResponse{PoolHandle: Pool, PEID: peID},
		&asapmsg.RegistrationResponse{
			Reject: true, PoolHandle: Pool, PEID: peID, Causes: []wire.ErrorCause{{Code: wire.CauseInconsistentDataControl}},
		},
		&asapmsg.DeregistrationResponse{PoolHandle: Pool, PEID: peID},
		&asapmsg.DeregistrationResponse{PoolHandle: Pool, PEID: peID, Causes: unknown},
		&asapmsg.HandleResolution{PoolHandle: Pool},
		&asapmsg.HandleResolution{PoolHandle: Pool, Items: 5, Subscribe: true},
		&asapmsg.HandleResolutionResponse{
			PoolHandle: Pool, Policy: &policy, PoolElements: []wire.PoolElement{Element(policy), Element(policy)},
		},
		&asapmsg.HandleResolutionResponse{PoolHandle: Pool, Causes: unknown},
		&asapmsg.EndpointKeepAlive{Home: true, ServerID: serverID, PoolHandle: Pool, PEID: peID},
		&asapmsg.EndpointKeepAliveAck{PoolHandle: Pool, PEID: peID},
		&asapmsg.EndpointUnreachable{PoolHandle: Pool, PEID: peID},
		&asapmsg.ServerAnnounce{ServerID: serverID, Transports: []wire.Transport{sctp(3863, "192.0.2.1", "2001:db8::1")}},
		&asapmsg.Cookie{Cookie: []byte("<PP-TD1>\x00\x00\x00\x00\x00\x00\x00\x07")},
		&asapmsg.CookieEcho{Cookie: []byte("abcde")},
		&asapmsg.BusinessCard{PoolHandle: Pool, PoolElements: []wire.PoolElement{Element(policy)}},
		&asapmsg.Error{Causes: unrecognized},
	} {
		out = append(out, Sample{PPID: wire.PPIDASAP, Message: m})
	}
	return out
}

func presence(receiver wire.ServerID) *enrpmsg.Presence {
	return &enrpmsg.Presence{
		IDs: enrpmsg.IDs{Sender: serverID, Receiver: receiver}, ReplyRequired: receiver != 0,
		Checksum: wire.SumPE(Pool, peID).Value(),
		Server:   &wire.ServerInformation{ID: serverID, Transport: sctp(9901, "192.0.2.1", "2001:db8::1")},
	}
}

func enrpSamples() []Sample {
	ids := enrpmsg.IDs{Sender: serverID, Receiver: peerID}
	servers := []wire.ServerInformation{
		{ID: serverID, Transport: sctp(9901, "192.0.2.1")}, {ID: peerID, Transport: sctp(9902, "2001:db8::2")},
	}
	var out []Sample
	for _, m := range []enrpmsg.Message{
		presence(peerID),
		&enrpmsg.HandleTableRequest{IDs: ids, OwnChildrenOnly: true},
		&enrpmsg.HandleTableResponse{IDs: ids, MoreToSend: true, Entries: []enrpmsg.PoolEntry{
			{PoolHandle: Pool, PoolElements: []wire.PoolElement{registrarElement(1), registrarElement(2)}},
			{PoolHandle: "CalcAppPool", PoolElements: []wire.PoolElement{registrarElement(3)}},
		}},
		&enrpmsg.HandleTableResponse{IDs: ids, Reject: true},
		&enrpmsg.HandleUpdate{IDs: ids, Action: enrpmsg.AddPE, PoolHandle: Pool, PoolElement: registrarElement(peID), TakeoverSuggested: true},
		&enrpmsg.HandleUpdate{IDs: ids, Action: enrpmsg.DelPE, PoolHandle: Pool, PoolElement: registrarElement(peID)},
		&enrpmsg.ListRequest{IDs: ids},
		&enrpmsg.ListResponse{IDs: ids, Servers: servers},
		&enrpmsg.ListResponse{IDs: ids, Reject: true},
		&enrpmsg.InitTakeover{IDs: ids, TargetID: 0xdeadbeef},
		&enrpmsg.InitTakeoverAck{IDs: ids, TargetID: 0xdeadbeef},
		&enrpmsg.TakeoverServer{IDs: ids, TargetID: 0xdeadbeef},
		&enrpmsg.Error{IDs: ids, Causes: []wire.ErrorCause{{Code: wire.CauseInvalidValues, Info: []byte("\x00\x0e\x00\x08abcd")}}},
	} {
		out = append(out, Sample{PPID: wire.PPIDENRP, Message: m})
	}
	return out
}

// Report returns a CSP report.
func Report() *csp.Report {
	return &csp.Report{
		SenderID: csp.NewComponentID(csp.GroupPoolElement, uint64(peID)), Uptime: 61 * time.Second, Interval: time.Second,
		Location: "pe1: 192.0.2.2:40000", Status: "1 Session", Workload: csp.NewWorkload(0.25),
		Associations: []csp.Association{
			{ReceiverID: csp.NewComponentID(csp.GroupRegistrar, uint64(serverID)), Duration: time.Minute, Protocol: csp.ProtocolSCTP, PPID: wire.PPIDASAP},
			{ReceiverID: csp.NewComponentID(csp.GroupPoolUser, 7), Duration: csp.UnknownDuration, Protocol: csp.ProtocolSCTP, PPID: pingpong.PPID},
		},
	}
}

func appSamples() []Sample {
	out := []Sample{
		{PPID: pingpong.PPID, Message: &pingpong.Ping{MessageNo: 3, Data: []byte("ping")}},
		{PPID: pingpong.PPID, Message: &pingpong.Pong{MessageNo: 3, ReplyNo: 4, Data: []byte("ping")}},
		{PPID: fractal.PPID, Message: &fractal.Parameter{
			Width: 400, Height: 250, MaxIterations: 1024, Algorithm: fractal.MandelbrotN, C1: -1.5 + 1.5i, C2: 1.5 - 1.5i, N: 3,
		}},
		{PPID: fractal.PPID, Message: &fractal.Data{StartX: 1, StartY: 2, Points: []uint32{0, 1, 255}}},
		{PPID: fractal.PPID, Message: fractal.Finalizer()},
	}
	for t := calcapp.TypeRequest; t <= calcapp.TypeKeepAliveAck; t++ {
		out = append(out, Sample{PPID: calcapp.PPID, Message: &calcapp.Message{Type: t, JobID: 5, JobSize: 5e6, Completed: 1e6}})
	}
	for _, m := range []scripting.Message{
		&scripting.NotReady{Reason: scripting.ReasonFullyLoaded, Info: "node1.example"},
		&scripting.Ready{Info: "node1.example"},
		&scripting.Upload{Data: []byte("hello")}, &scripting.Upload{},
		&scripting.Download{Data: []byte("world")}, &scripting.Download{},
		&scripting.KeepAlive{}, &scripting.KeepAliveAck{}, &scripting.KeepAliveAck{HasStatus: true},
		&scripting.Status{Status: 1}, &scripting.Environment{UploadNeeded: true, Hash: [scripting.HashLen]byte{0: 1, 19: 2}},
	} {
		out = append(out, Sample{PPID: scripting.PPID, Message: m})
	}
	return out
}

// Packets returns an IP packet for each sample, in turn of both versions.
func Packets(samples []Sample) [][]byte {
	const protocolUDP, protocolSCTP = 17, 132
	out := make([][]byte, len(samples))
	for i := range samples {
		protocol, b := uint8(protocolSCTP), []byte(nil)
		if s := &samples[i]; s.UDPPort != 0 {
			protocol, b = protocolUDP, UDP(ClientPort, s.UDPPort, s.Octets())
		} else {
			b = SCTP(Whole(uint32(i), s.PPID, s.Octets()))
		}
		if i%2 == 0 || protocol == protocolUDP { // UDP without checksum is for IPv4 only
			out[i] = IPv4(Client4, Server4, protocol, b)
		} else {
			out[i] = IPv6(Client6, Server6, protocol, b)
		}
	}
	return out
}
