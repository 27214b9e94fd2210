// Package logattr collects the attributes by which a message describes itself to a
// logger.
package logattr

import (
	"fmt"
	"log/slog"
	"math"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/logkey"
)

// Attrs are the attributes of a message: Of, its parameters, fields and flags, Value.
type Attrs []slog.Attr

// Of returns the attribute of a message's type.
func Of(typ fmt.Stringer) Attrs {
	return append(make(Attrs, 0, 6), slog.String(logkey.Message, typ.String()))
}

// Value returns the attributes as the value of the message.
func (a Attrs) Value() slog.Value { return slog.GroupValue(a...) }

// Add adds an attribute of any type.
func (a *Attrs) Add(key string, v any) { *a = append(*a, slog.Any(key, v)) }

// Flag adds a flag.
func (a *Attrs) Flag(key string, v bool) { *a = append(*a, slog.Bool(key, v)) }

// Count adds a number of things.
func (a *Attrs) Count(key string, n int) { *a = append(*a, slog.Int(key, n)) }

// Element adds the attributes of a Pool Element.
func (a *Attrs) Element(e *wire.PoolElement) {
	a.Add(logkey.PEID, e.ID)
	if e.HomeID != 0 {
		a.Add(logkey.HomeID, e.HomeID)
	}
	a.Add(logkey.Transport, &e.UserTransport)
	a.Add(logkey.Policy, &e.Policy)
	if e.Policy.Type.Adaptive() {
		a.Add(logkey.Load, percent(e.Policy.Load))
	}
}

// percent returns a fraction of full load in percent, with 4 decimals.
func percent(load uint32) float64 { return math.Round(100*float64(load)/wire.FullLoad*1e4) / 1e4 }

// Elements adds how many Pool Elements there are, and their identifiers.
func (a *Attrs) Elements(es []wire.PoolElement) {
	a.Count(logkey.Elements, len(es))
	ids := make(wire.List[wire.PEID], len(es))
	for i := range es {
		ids[i] = es[i].ID
	}
	a.Add(logkey.PEIDs, ids)
}

// Causes adds the causes of an Operation Error, if there are any.
func (a *Attrs) Causes(causes []wire.ErrorCause) {
	if len(causes) > 0 {
		a.Add(logkey.Causes, wire.List[wire.ErrorCause](causes))
	}
}
