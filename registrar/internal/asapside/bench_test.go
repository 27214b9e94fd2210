package asapside

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// benchElements is the number of elements that a benchmark registers.
const benchElements = 1000

// benchSide is a registrar under load over a single association.
type benchSide struct {
	*Registrar
	now time.Time
	at  netip.AddrPort
}

func newBenchSide() *benchSide {
	// The time of a benchmark ends before the first keep-alive.
	r, _ := newRegistrarOf(Config{ID: ownID, AnnounceCycle: -1, KeepAliveInterval: 24 * time.Hour}, handlespace.Config{})
	s := &benchSide{Registrar: r, now: steptest.Begin, at: netip.MustParseAddrPort("10.0.0.7:2000")}
	s.Step(s.now, step.Up{Assoc: 1, Peer: []netip.AddrPort{s.at}})
	return s
}

// receive feeds a message and checks the number of actions that follow.
func (s *benchSide) receive(b *testing.B, m asapmsg.Message, actions int) {
	s.now = s.now.Add(time.Microsecond)
	if got := s.Step(s.now, step.Received[asapmsg.Message]{Assoc: 1, Message: m}); len(got) != actions {
		b.Fatalf("%v: %d actions, want %d", m.Type(), len(got), actions)
	}
}

// registrations returns messages for distinct elements of pool "p".
func (s *benchSide) registrations() []*asapmsg.Registration {
	var list []*asapmsg.Registration
	for i := range benchElements {
		m := registration("p", wire.PEID(i+1), s.at)
		m.PoolElement.RegistrationLife = 24 * time.Hour
		list = append(list, m)
	}
	return list
}

// fill registers all elements.
func (s *benchSide) fill(b *testing.B) []*asapmsg.Registration {
	list := s.registrations()
	for _, m := range list {
		s.receive(b, m, 2)
	}
	return list
}

// BenchmarkRegister measures registrations of elements that are new, and of elements that
// the registrar has already.
func BenchmarkRegister(b *testing.B) {
	b.Run("new", func(b *testing.B) {
		s := newBenchSide()
		list := s.registrations()
		b.ReportAllocs()
		n := 0
		for b.Loop() {
			if n == len(list) {
				b.StopTimer()
				s.Step(s.now, step.Down{Assoc: 1})
				s.Step(s.now, step.Up{Assoc: 1, Peer: []netip.AddrPort{s.at}})
				n = 0
				b.StartTimer()
			}
			s.receive(b, list[n], 2)
			n++
		}
	})
	b.Run("again", func(b *testing.B) {
		s := newBenchSide()
		list := s.fill(b)
		b.ReportAllocs()
		n := 0
		for b.Loop() {
			s.receive(b, list[n%len(list)], 1)
			n++
		}
	})
}

// BenchmarkResolve measures resolutions that return a single element, and a full response.
func BenchmarkResolve(b *testing.B) {
	for _, items := range []uint32{1, maxResolutionItems} {
		b.Run(fmt.Sprintf("items=%d", items), func(b *testing.B) {
			s := newBenchSide()
			s.fill(b)
			m := &asapmsg.HandleResolution{PoolHandle: "p", Items: items}
			b.ReportAllocs()
			for b.Loop() {
				s.receive(b, m, 1)
			}
		})
	}
}

// BenchmarkKeepAliveAck measures acknowledgements of keep-alives, each of which sets a timer.
func BenchmarkKeepAliveAck(b *testing.B) {
	s := newBenchSide()
	s.fill(b)
	var acks []asapmsg.Message
	for i := range benchElements {
		acks = append(acks, &asapmsg.EndpointKeepAliveAck{PoolHandle: "p", PEID: wire.PEID(i + 1)})
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		s.receive(b, acks[n%len(acks)], 0)
		n++
	}
}
