package cli

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/internal/cli/spool"
)

// loss counts the lines of a log that are missing in its file.
type loss struct {
	log      slog.Handler
	out      *spool.Writer
	mu       sync.Mutex // guards reported
	reported int
}

// report logs the number of missing lines since the last report, if there is room again.
func (l *loss) report(ctx context.Context, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	lost := l.out.Lost()
	if lost == l.reported {
		return nil
	}
	note := slog.NewRecord(now, slog.LevelWarn, "log incomplete", 0)
	note.Add("missing", lost-l.reported)
	if err := l.log.Handle(ctx, note); err != nil {
		return err
	}
	l.reported = lost
	return nil
}

// lossHandler reports missing lines before it goes on.
type lossHandler struct {
	slog.Handler
	loss *loss
}

// withLoss returns a handler that reports the lines that another handler's file lacks.
func withLoss(h slog.Handler, out *spool.Writer) slog.Handler {
	return &lossHandler{h, &loss{log: h, out: out}}
}

// Handle leaves out the record if there is no room.
func (h *lossHandler) Handle(ctx context.Context, r slog.Record) error {
	if err := h.loss.report(ctx, r.Time); err != nil {
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
