package enrp

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// self is the identifier of the registrar under test.
const self wire.ServerID = 0x20

// Identifiers of other registrars. A lower identifier wins an arbitration.
const (
	idLow   wire.ServerID = 0x10
	idPeer  wire.ServerID = 0x30
	idOther wire.ServerID = 0x40
)

// bed is a machine with its handlespace, for tests of single layers.
type bed struct {
	*Machine
	t   testing.TB
	hs  *handlespace.Handlespace
	now time.Time
}

// newBed returns a machine that starts. A Presence is sent once an hour, unless the
// configuration says otherwise.
func newBed(t testing.TB, config Config) *bed {
	config.ID = self
	if config.HeartbeatCycle == 0 {
		config.HeartbeatCycle = time.Hour
	}
	b := &bed{t: t, now: steptest.Begin}
	random := rand.New(rand.NewPCG(1, 2))
	b.hs = handlespace.New(handlespace.Config{Rand: random, OnChange: func(c handlespace.Change) { b.Changed(c) }})
	b.Machine = New(config, b.hs, random, b.now)
	b.feed(step.LocalAddrs{Addrs: endpoint("10.0.0.1:9901")})
	return b
}

// startBed returns a machine that has started without a mentor.
func startBed(t testing.TB, config Config) *bed {
	b := newBed(t, config)
	b.pass(2 * time.Second)
	if !b.Ready() {
		t.Fatal("not ready without peers")
	}
	return b
}

// feed makes the machine take an event, and returns the actions.
func (b *bed) feed(ev step.Event) []step.Action { return b.Step(b.now, ev) }

// receive makes the machine take a message over an association, and returns the transcript.
func (b *bed) receive(assoc step.AssocID, msg enrpmsg.Message) []string {
	return describeAll(b.feed(Received{Assoc: assoc, Message: msg}))
}

// pass lets time pass, and returns the actions of the ticks.
func (b *bed) pass(d time.Duration) []step.Action {
	var actions []step.Action
	b.now = steptest.Pass(b.t, b.Machine, b.now, d, func(now time.Time) {
		actions = append(actions, b.Step(now, step.Tick{})...)
	})
	return actions
}

// up begins an association with a registrar, which has the address of its identifier.
func (b *bed) up(assoc step.AssocID, id wire.ServerID) {
	b.feed(step.Up{Assoc: assoc, Peer: addrsOf(id)})
}

// addPeer adds a peer that is synchronized, and has no elements.
func (b *bed) addPeer(assoc step.AssocID, id wire.ServerID) *peer {
	b.t.Helper()
	b.up(assoc, id)
	b.receive(assoc, presenceOf(id))
	b.receive(assoc, &enrpmsg.HandleTableResponse{IDs: enrpmsg.IDs{Sender: id}})
	p := b.peers.find(id)
	if p == nil || !p.isReachable() || p.replica.isSuspect {
		b.t.Fatalf("peer %v: %+v", id, p)
	}
	return p
}

// addElement adds an element of a peer, or of the registrar itself.
func (b *bed) addElement(pool wire.PoolHandle, id wire.PEID, home wire.ServerID) *handlespace.Element {
	b.t.Helper()
	assoc := handlespace.Association(0)
	if home == self {
		assoc = 1
	}
	pe := element(id, home, time.Hour)
	e, _, err := b.hs.Register(b.now, pool, &pe, assoc)
	if err != nil {
		b.t.Fatal(err)
	}
	b.Flush(b.now)
	return e
}

// describeAll describes actions.
func describeAll(actions []step.Action) []string {
	var lines []string
	for _, a := range actions {
		lines = append(lines, describe(a))
	}
	return lines
}

// expect compares two transcripts.
func expect(t testing.TB, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// endpoint returns the endpoint of a registrar.
func endpoint(addrs ...string) []netip.AddrPort {
	var out []netip.AddrPort
	for _, a := range addrs {
		out = append(out, netip.MustParseAddrPort(a))
	}
	return out
}

// addrsOf returns the endpoint of a registrar.
func addrsOf(id wire.ServerID) []netip.AddrPort {
	return []netip.AddrPort{netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(id >> 8), byte(id)}), 9901)}
}

// presenceOf returns a Presence of a registrar without elements.
func presenceOf(id wire.ServerID) *enrpmsg.Presence {
	server := serverOf(id)
	return &enrpmsg.Presence{
		IDs:      enrpmsg.IDs{Sender: id},
		Checksum: wire.PEChecksum(0).Value(),
		Server:   &server,
	}
}

// serverOf returns a registrar as other registrars list it.
func serverOf(id wire.ServerID) wire.ServerInformation {
	return wire.ServerInformation{ID: id, Transport: transportOf(addrsOf(id), false)}
}

// element returns a pool element.
func element(id wire.PEID, home wire.ServerID, life time.Duration) wire.PoolElement {
	addr := netip.AddrFrom4([4]byte{10, 1, byte(id >> 8), byte(id)})
	return wire.PoolElement{
		ID:               id,
		HomeID:           home,
		RegistrationLife: life,
		UserTransport:    wire.Transport{Protocol: wire.SCTP, Use: wire.DataAndControl, Port: 5000, Addrs: []netip.Addr{addr}},
		Policy:           wire.Policy{Type: wire.RoundRobin},
		ASAPTransport:    &wire.Transport{Protocol: wire.SCTP, Port: 2000, Addrs: []netip.Addr{addr}},
	}
}

// lengthen adds an unknown parameter that gives an element a length in octets.
func lengthen(pe *wire.PoolElement, length int) {
	pe.Unknown = []wire.RawParam{{Type: 0x8abc, Value: make([]byte, length-pe.EncodedLen()-4)}}
}

// isTableRequest reports whether an action requests a handle table.
func isTableRequest(a step.Action) bool {
	s, ok := a.(step.Send)
	if !ok {
		return false
	}
	_, ok = s.Message.(*enrpmsg.HandleTableRequest)
	return ok
}
