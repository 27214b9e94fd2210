package params

import (
	"encoding/binary"
	"fmt"

	"github.com/rserpool-go/rserpool/wire"
)

// Writer encodes a message: Begin, its fields in order, End. After an error it
// writes nothing more.
type Writer struct {
	b     []byte
	start int
	err   error
}

// Begin starts a message behind b.
func Begin(b []byte, typ, flags uint8) Writer {
	return Writer{b: wire.BeginMessage(b, typ, flags), start: len(b)}
}

// End returns the slice with the message appended.
func (w *Writer) End() ([]byte, error) {
	if w.err != nil {
		return nil, w.err
	}
	return wire.EndMessage(w.b, w.start)
}

func (w *Writer) put(b []byte, err error) {
	if w.err == nil {
		w.b, w.err = b, err
	}
}

// Require fails with [wire.ErrRange] unless there is a parameter that must be there.
func (w *Writer) Require(ok bool, t wire.ParamType) {
	if !ok {
		w.put(nil, fmt.Errorf("wire: %v: %w: none", t, wire.ErrRange))
	}
}

// Allow fails with [wire.ErrRange] if a parameter must not be there.
func (w *Writer) Allow(ok bool, t wire.ParamType) {
	if !ok {
		w.put(nil, fmt.Errorf("wire: %v: %w: not allowed here", t, wire.ErrRange))
	}
}

// Uint32 writes a fixed field.
func (w *Writer) Uint32(v uint32) {
	w.put(binary.BigEndian.AppendUint32(w.b, v), nil)
}

// PoolHandle writes a Pool Handle parameter.
func (w *Writer) PoolHandle(h wire.PoolHandle) { w.put(h.AppendBinary(w.b)) }

// PoolElement writes a Pool Element parameter.
func (w *Writer) PoolElement(e *wire.PoolElement) { w.put(e.AppendBinary(w.b)) }

// PoolElements writes a Pool Element parameter for each element.
func (w *Writer) PoolElements(es []wire.PoolElement) {
	for i := range es {
		w.PoolElement(&es[i])
	}
}

// PEID writes a PE Identifier parameter.
func (w *Writer) PEID(id wire.PEID) { w.put(id.AppendBinary(w.b)) }

// Policy writes a Pool Member Selection Policy parameter unless p is nil.
func (w *Writer) Policy(p *wire.Policy) {
	if p != nil {
		w.put(p.AppendBinary(w.b))
	}
}

// Transport writes a transport parameter.
func (w *Writer) Transport(t *wire.Transport) { w.put(t.AppendBinary(w.b)) }

// Server writes a Server Information parameter.
func (w *Writer) Server(s *wire.ServerInformation) { w.put(s.AppendBinary(w.b)) }

// Checksum writes a PE Checksum parameter.
func (w *Writer) Checksum(sum uint16) { w.put(wire.AppendChecksum(w.b, sum)) }

// Cookie writes a Cookie parameter.
func (w *Writer) Cookie(c []byte) { w.put(wire.AppendCookie(w.b, c)) }

// Items writes a Handle Resolution Option unless items is 0.
func (w *Writer) Items(items uint32) {
	if items != 0 {
		w.put(wire.AppendItems(w.b, items))
	}
}

// Causes writes an Operation Error parameter unless there is no cause.
func (w *Writer) Causes(causes []wire.ErrorCause) {
	if len(causes) != 0 {
		w.put(wire.AppendOperationError(w.b, causes))
	}
}

// Unknown writes parameters that were kept.
func (w *Writer) Unknown(ps []wire.RawParam) { w.put(wire.AppendParams(w.b, ps)) }
