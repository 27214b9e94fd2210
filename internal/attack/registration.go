package attack

import (
	"context"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

const registrationPool = wire.PoolHandle("Flood")

// A registrant changes the i-th registration of an attack.
type registrant func(w *work, i int, r *asapmsg.Registration)

// register registers elements, and then aborts the associations. Without acknowledge, no keep-alive is answered, and the
// associations last until the end of the attack.
func register(acknowledge bool, change registrant) method {
	return func(ctx context.Context, w *work) error {
		return w.each(func(k int) error {
			s, err := w.speakASAP(ctx, k)
			if err != nil {
				return err
			}
			defer s.close()
			err = w.registerAll(ctx, s, acknowledge, change)
			if err == nil && !acknowledge {
				<-ctx.Done()
			}
			return w.endError(ctx, err)
		})
	}
}

// registerAll sends the registrations, and waits for all answers.
func (w *work) registerAll(ctx context.Context, s *speaker, acknowledge bool, change registrant) error {
	var answers atomic.Int64
	s.hearASAP(func(m asapmsg.Message) {
		switch m := m.(type) {
		case *asapmsg.RegistrationResponse:
			w.note(registrationOutcome(m), 1)
			answers.Add(1)
		case *asapmsg.Error:
			w.note("errors", 1)
			answers.Add(1)
		case *asapmsg.EndpointKeepAlive:
			w.note("keep-alives", 1)
			if acknowledge {
				_ = s.tell(ctx, &asapmsg.EndpointKeepAliveAck{PoolHandle: m.PoolHandle, PEID: m.PEID})
			}
		}
	})
	sent := int64(0)
	for p := w.pacer(w.Associations); sent < int64(w.Count) && p.next(ctx); sent++ {
		r := &asapmsg.Registration{PoolHandle: registrationPool, PoolElement: newElement(wire.PEID(sent+1), s.addr().Addr())}
		change(w, int(sent), r)
		if err := s.tell(ctx, r); err != nil {
			return err
		}
		w.count(1)
	}
	for answers.Load() < sent && s.assoc.Err() == nil && Pause(ctx, answerPoll) {
	}
	return s.assoc.Err()
}

const (
	outcomeRegistered   = "registered"
	outcomeDeregistered = "deregistered"
)

func registrationOutcome(m *asapmsg.RegistrationResponse) string {
	if m.Reject {
		return "refused"
	}
	return outcomeRegistered
}

const answerPoll = 10 * time.Millisecond

// The registrants.

func plainElement(*work, int, *asapmsg.Registration) {}

func elementInPoolOfItsOwn(_ *work, i int, r *asapmsg.Registration) {
	r.PoolHandle = wire.PoolHandle(fmt.Sprint("Flood", i))
}

func elementWithUnknownParameter(w *work, _ int, r *asapmsg.Registration) {
	r.PoolElement.Unknown = []wire.RawParam{{Type: skippedParam, Value: make([]byte, w.Size)}}
}

func elementWithUnknownTransportParameter(w *work, _ int, r *asapmsg.Registration) {
	r.PoolElement.UserTransport.Unknown = []wire.RawParam{{Type: skippedParam, Value: make([]byte, w.Size)}}
}

func elementWithLargePolicy(w *work, _ int, r *asapmsg.Registration) {
	r.PoolElement.Policy.Extra = strings.Repeat("x", w.Size)
}

// elementWithManyAddresses has Size addresses.
func elementWithManyAddresses(w *work, _ int, r *asapmsg.Registration) {
	t := &r.PoolElement.UserTransport
	t.Addrs = slices.Repeat(t.Addrs, w.Size)
}

func sameElement(_ *work, _ int, r *asapmsg.Registration) { r.PoolElement.ID = 1 }

// elementWithOtherPolicy changes the policy of a pool each time.
func elementWithOtherPolicy(_ *work, i int, r *asapmsg.Registration) {
	r.PoolElement.ID = 1
	r.PoolElement.Policy = []wire.Policy{
		{Type: wire.RoundRobin},
		{Type: wire.WeightedRoundRobin, Weight: 7},
		{Type: wire.LeastUsed, Load: wire.FullLoad / 2},
	}[i%3]
}

// elementWithOddLife lives for no time, for a millisecond, or as long as can be.
func elementWithOddLife(_ *work, i int, r *asapmsg.Registration) {
	r.PoolElement.RegistrationLife = []time.Duration{0, time.Millisecond, math.MaxUint32 * time.Millisecond}[i%3]
}

func elementWithLargeWeight(_ *work, _ int, r *asapmsg.Registration) {
	r.PoolElement.Policy = wire.Policy{Type: wire.WeightedRoundRobin, Weight: math.MaxUint32}
}

// elementElsewhere has the address of another host, alone or beside its own, or a port that is not the attacker's.
func elementElsewhere(w *work, i int, r *asapmsg.Registration) {
	t := &r.PoolElement.UserTransport
	switch other := w.ASAP.Addr().Next().Next(); i % 3 {
	case 0:
		t.Addrs = []netip.Addr{other}
	case 1:
		t.Addrs = append(t.Addrs, other)
	case 2:
		t.Port = 22
	}
}
