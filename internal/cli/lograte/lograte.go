// Package lograte bounds the volume of a log. A peer that causes the same record again and again
// fills no disk: the log has the first records of each second, and the number of the rest.
package lograte

import (
	"context"
	"log/slog"
)

const (
	// Limit is the number of records of a kind that pass in a second.
	Limit = 20

	// MaxKinds is the number of kinds that are counted. All further kinds are counted as a single
	// kind, with Others as the message of its summaries. Messages of this project are constants,
	// so a program stays far below.
	MaxKinds = 1024

	// Others is the message of a summary of records of many kinds. Its level is the highest
	// level of these records.
	Others = "other records"

	// Suppressed is the key of the number of records that a summary stands for, an int. No
	// other record has this key.
	Suppressed = "suppressed"
)

// A Handler passes [Limit] records of a kind in a second. A kind is a level and a message, with
// any attributes; its second begins with the first record. The Handler suppresses further records
// of the kind until the second is over. Then it logs a summary: a record with the level and the
// message of the kind, the key [Suppressed], and no further attributes.
//
// Records of level Debug and below all pass: a developer has asked for each message.
//
// Handlers that are derived from a Handler, with attributes or a group, share its counts. The
// methods may be called by several goroutines.
type Handler struct {
	slog.Handler
	limiter *limiter
}

// New returns a Handler that passes records to another handler, which also gets the summaries.
// The caller has to close the Handler.
func New(h slog.Handler) *Handler {
	return &Handler{h, &limiter{out: h, kinds: make(map[key]*kind)}}
}

// Handle passes the record, or counts it. A record that begins a second comes after the summary of
// the second before.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	if r.Level <= slog.LevelDebug {
		return h.Handler.Handle(ctx, r)
	}
	passes, before := h.limiter.count(&r)
	if before.suppressed > 0 {
		if err := h.limiter.write(ctx, before); err != nil {
			return err
		}
	}
	if !passes {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs returns a handler with attributes and the same counts.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &Handler{h.Handler.WithAttrs(attrs), h.limiter}
}

// WithGroup returns a handler with a group and the same counts.
func (h *Handler) WithGroup(name string) slog.Handler {
	return &Handler{h.Handler.WithGroup(name), h.limiter}
}

// Close logs the summaries that are due later. Afterwards all records pass.
func (h *Handler) Close() { h.limiter.close() }
