package attack

import (
	"context"

	"github.com/rserpool-go/rserpool/internal/attack/rawsctp"
)

// churn opens associations and ends each at once, by an ABORT or without a word.
func churn(aborts bool) method {
	return func(ctx context.Context, w *work) error {
		return w.each(func(k int) error {
			p := w.pacer(w.Associations)
			for i := k; p.next(ctx); i += w.Associations {
				a, err := rawsctp.Dial(ctx, w.source(i), w.to)
				if err != nil {
					w.note("failed handshakes", 1)
					continue
				}
				w.count(1)
				if aborts {
					err = a.Abort()
				} else {
					err = a.Close()
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// restart opens an association from the same port again and again while the association is up (RFC 9260, 5.2).
func restart(ctx context.Context, w *work) error {
	return w.each(func(k int) error {
		a, err := rawsctp.Open(w.source(k), w.to)
		if err != nil {
			return err
		}
		defer a.Close()
		for p := w.pacer(w.Associations); p.next(ctx); a.Tag += 2 {
			if err := a.Handshake(ctx); err != nil {
				w.note("failed handshakes", 1)
				continue
			}
			w.count(1)
		}
		return nil
	})
}
