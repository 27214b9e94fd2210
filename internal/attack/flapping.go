package attack

import (
	"context"

	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// flap registers and deregisters an element as fast as the registrar takes it.
func flap(ctx context.Context, w *work) error {
	s, err := w.speakASAP(ctx, 0)
	if err != nil {
		return err
	}
	defer s.close()
	s.hear(func([]byte) { w.note(outcomeAnswers, 1) })
	for p := w.pacer(1); p.next(ctx); {
		in := &asapmsg.Registration{PoolHandle: "Flap", PoolElement: newElement(1, s.addr().Addr())}
		if err := s.tell(ctx, in); err != nil {
			return w.endError(ctx, err)
		}
		if err := s.tell(ctx, &asapmsg.Deregistration{PoolHandle: "Flap", PEID: 1}); err != nil {
			return w.endError(ctx, err)
		}
		w.count(1)
	}
	return nil
}
