package attack

import (
	"context"
	"time"

	"github.com/rserpool-go/rserpool/internal/attack/rawsctp"
)

const echoWait = 5 * time.Millisecond

// closeEchoWindow sends to the echo service of an element, and never takes the echo.
func closeEchoWindow(ctx context.Context, w *work) error {
	user := make([]byte, w.Size)
	return w.eachRaw(ctx, closedWindow, rawsctp.Habit{}, func(ctx context.Context, a *rawsctp.Association) error {
		return w.sendMessages(ctx, a, 0, user, echoWait)
	})
}
