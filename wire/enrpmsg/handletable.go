package enrpmsg

import (
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/params"
)

// HandleTableRequest is ENRP_HANDLE_TABLE_REQUEST (RFC 5353, 2.2): send me the
// handlespace, or the next part of it. The deployed implementation refuses
// registrars from which it had no [Presence], and cannot start over before it has
// sent the last part.
type HandleTableRequest struct {
	IDs
	// OwnChildrenOnly is the W bit: only elements of which the receiver is home.
	OwnChildrenOnly bool
	Unknown         []wire.RawParam
}

const ownChildrenOnlyBit = 0x01

// Type returns [TypeHandleTableRequest].
func (*HandleTableRequest) Type() Type { return TypeHandleTableRequest }

// AppendBinary appends the encoded message.
func (m *HandleTableRequest) AppendBinary(b []byte) ([]byte, error) {
	w := m.begin(b, TypeHandleTableRequest, flag(m.OwnChildrenOnly, ownChildrenOnlyBit))
	w.Unknown(m.Unknown)
	return w.End()
}

func (m *HandleTableRequest) parse(flags uint8, body []byte) error {
	m.OwnChildrenOnly = flags&ownChildrenOnlyBit != 0
	set := params.Set{Unknown: &m.Unknown}
	return set.Parse(body, paramsOffset)
}

// HandleTableResponse is ENRP_HANDLE_TABLE_RESPONSE (RFC 5353, 2.3): the handlespace,
// or a part of it. The deployed implementation sends at most 1400 octets with at most
// 128 elements, unless it is configured for other numbers of them up to 1024.
type HandleTableResponse struct {
	IDs
	// Reject is the R bit: the request is refused, and there are no entries.
	Reject bool
	// MoreToSend is the M bit: ask again for more.
	MoreToSend bool
	// Entries are pools with elements. The same pool may occur several times: the
	// deployed implementation orders the elements by their identifiers when it was
	// asked for its own children only.
	Entries []PoolEntry
	Unknown []wire.RawParam
}

// PoolEntry is a Pool Entry in a [HandleTableResponse]: elements of one pool. There
// is at least one.
type PoolEntry struct {
	PoolHandle   wire.PoolHandle
	PoolElements []wire.PoolElement
}

// parseElement decodes the walker's Pool Element.
func (e *PoolEntry) parseElement(w *wire.Walker) error {
	if e.PoolElements == nil {
		e.PoolElements = make([]wire.PoolElement, 0, countElements(*w))
	}
	e.PoolElements = append(e.PoolElements, wire.PoolElement{})
	return e.PoolElements[len(e.PoolElements)-1].Parse(w.Param)
}

// countElements returns how many Pool Elements the entry has from the one w is at.
func countElements(w wire.Walker) int {
	n := 1
	for w.Next() && w.Param.Type != wire.ParamPoolHandle {
		if w.Param.Type == wire.ParamPoolElement {
			n++
		}
	}
	return n
}

// Bits in the flags of a [HandleTableResponse].
const (
	RejectBit     = 0x01
	MoreToSendBit = 0x02
)

// Type returns [TypeHandleTableResponse].
func (*HandleTableResponse) Type() Type { return TypeHandleTableResponse }

// AppendBinary appends the encoded message.
func (m *HandleTableResponse) AppendBinary(b []byte) ([]byte, error) {
	flags := flag(m.Reject, RejectBit) | flag(m.MoreToSend, MoreToSendBit)
	w := m.begin(b, TypeHandleTableResponse, flags)
	for i := range m.Entries {
		w.PoolHandle(m.Entries[i].PoolHandle)
		w.Require(len(m.Entries[i].PoolElements) > 0, wire.ParamPoolElement)
		w.PoolElements(m.Entries[i].PoolElements)
	}
	w.Unknown(m.Unknown)
	return w.End()
}

func (m *HandleTableResponse) parse(flags uint8, body []byte) error {
	m.Reject = flags&RejectBit != 0
	m.MoreToSend = flags&MoreToSendBit != 0
	w := wire.Walk(body, paramsOffset)
	for w.Next() {
		if err := m.parseParam(&w); err != nil {
			return err
		}
	}
	if err := w.Err(); err != nil {
		return err
	}
	return m.lastComplete(paramsOffset + len(body))
}

func (m *HandleTableResponse) parseParam(w *wire.Walker) error {
	switch w.Param.Type {
	case wire.ParamPoolHandle:
		if err := m.lastComplete(int(w.Param.Offset)); err != nil {
			return err
		}
		h, err := wire.ParsePoolHandle(w.Param)
		if m.Entries == nil {
			m.Entries = make([]PoolEntry, 0, w.Count())
		}
		m.Entries = append(m.Entries, PoolEntry{PoolHandle: h})
		return err
	case wire.ParamPoolElement:
		if len(m.Entries) == 0 {
			return missing(wire.ParamPoolHandle, int(w.Param.Offset))
		}
		return m.Entries[len(m.Entries)-1].parseElement(w)
	}
	m.Unknown = w.Retain(m.Unknown)
	return nil
}

// lastComplete fails if the last entry, which ends at offset, has no element.
func (m *HandleTableResponse) lastComplete(offset int) error {
	if n := len(m.Entries); n > 0 && len(m.Entries[n-1].PoolElements) == 0 {
		return missing(wire.ParamPoolElement, offset)
	}
	return nil
}

func missing(t wire.ParamType, offset int) error {
	return &wire.SyntaxError{Offset: offset, Param: t, Err: wire.ErrMissingParam}
}
