package attack

import (
	"context"
	"fmt"
	"strings"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// resolve asks for pools as fast as the registrar takes the questions. Without reading, the answers stay at the registrar.
func resolve(reads bool, pool func(w *work, i int) wire.PoolHandle) method {
	return func(ctx context.Context, w *work) error {
		return w.each(func(k int) error {
			s, err := w.speakASAP(ctx, k)
			if err != nil {
				return err
			}
			defer s.close()
			if reads {
				s.hear(func(data []byte) {
					w.note(outcomeAnswers, 1)
					w.note("octets of answers", int64(len(data)))
				})
			}
			i := 0
			for p := w.pacer(w.Associations); p.next(ctx); i++ {
				if err := s.tell(ctx, &asapmsg.HandleResolution{PoolHandle: pool(w, i), Items: asapmsg.AllItems}); err != nil {
					return w.endError(ctx, err)
				}
				w.count(1)
			}
			return nil
		})
	}
}

func unknownPool(_ *work, i int) wire.PoolHandle { return wire.PoolHandle(fmt.Sprint("none", i)) }

func longHandle(w *work, _ int) wire.PoolHandle { return wire.PoolHandle(strings.Repeat("x", w.Size)) }

// oddHandle has control characters, which must not reach a terminal by way of a log.
func oddHandle(*work, int) wire.PoolHandle { return "a\x00\x01\x1b[31m\n\xff" }

func knownPool(w *work, _ int) wire.PoolHandle { return w.Pool }
