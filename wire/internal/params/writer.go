package params

import (
	"encoding/binary"
	"fmt"

	"github.com/rserpool-go/rserpool/wire"
)

// Writer encodes a message: Begin, its fields and parameters in order, End. After an
// error it writes nothing more.
type Writer struct {
	// B is the slice with the fields and parameters written so far.
	B []byte

	start int
	err   error
}

// Begin starts a message behind b.
func Begin(b []byte, typ, flags uint8) Writer {
	return Writer{B: wire.BeginMessage(b, typ, flags), start: len(b)}
}

// End returns the slice with the message appended.
func (w *Writer) End() ([]byte, error) {
	if w.err != nil {
		return nil, w.err
	}
	return wire.EndMessage(w.B, w.start)
}

// Put takes the slice with a parameter appended:
//
//	w.Put(m.PoolHandle.AppendBinary(w.B))
func (w *Writer) Put(b []byte, err error) {
	if w.err == nil {
		w.B, w.err = b, err
	}
}

// Require fails with [wire.ErrRange] unless a parameter that has to be there is there.
func (w *Writer) Require(ok bool, t wire.ParamType) {
	if !ok {
		w.Put(nil, fmt.Errorf("wire: %v: %w: none", t, wire.ErrRange))
	}
}

// Allow fails with [wire.ErrRange] if a parameter must not be there.
func (w *Writer) Allow(ok bool, t wire.ParamType) {
	if !ok {
		w.Put(nil, fmt.Errorf("wire: %v: %w: not allowed here", t, wire.ErrRange))
	}
}

// Uint32 writes a fixed field.
func (w *Writer) Uint32(v uint32) {
	w.Put(binary.BigEndian.AppendUint32(w.B, v), nil)
}

// Elements writes a Pool Element parameter for each element.
func (w *Writer) Elements(es []wire.PoolElement) {
	for i := range es {
		w.Put(es[i].AppendBinary(w.B))
	}
}

// Causes writes an Operation Error parameter unless there is no cause.
func (w *Writer) Causes(causes []wire.ErrorCause) {
	if len(causes) > 0 {
		w.Put(wire.AppendOperationError(w.B, causes))
	}
}

// Unknown writes parameters that were kept.
func (w *Writer) Unknown(ps []wire.RawParam) { w.Put(wire.AppendParams(w.B, ps)) }
