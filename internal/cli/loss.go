package cli

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/internal/cli/spool"
)

// loss is how many lines of a log are missing in its file.
type loss struct {
	log  slog.Handler
	out  *spool.Writer
	mu   sync.Mutex
	told int
}

// tell tells what is missing and has not been told, if there is room again.
func (l *loss) tell(ctx context.Context, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	lost := l.out.Lost()
	if lost == l.told {
		return nil
	}
	note := slog.NewRecord(now, slog.LevelWarn, "log incomplete", 0)
	note.Add("missing", lost-l.told)
	if err := l.log.Handle(ctx, note); err != nil {
		return err
	}
	l.told = lost
	return nil
}

// lossHandler tells what is missing in a log before it goes on.
type lossHandler struct {
	slog.Handler
	loss *loss
}

// withLoss returns a handler that tells what is missing in the file of another one.
func withLoss(h slog.Handler, out *spool.Writer) slog.Handler {
	return &lossHandler{h, &loss{log: h, out: out}}
}

// Handle leaves out the record if there is no room.
func (h *lossHandler) Handle(ctx context.Context, r slog.Record) error {
	if err := h.loss.tell(ctx, r.Time); err != nil {
		return err
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs returns the handler with attributes.
func (h *lossHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &lossHandler{h.Handler.WithAttrs(attrs), h.loss}
}

// WithGroup returns the handler with a group.
func (h *lossHandler) WithGroup(name string) slog.Handler {
	return &lossHandler{h.Handler.WithGroup(name), h.loss}
}
