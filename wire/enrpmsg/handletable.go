package enrpmsg

import (
	"log/slog"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/params"
	"github.com/rserpool-go/rserpool/wire/logkey"
)

// HandleTableRequest is ENRP_HANDLE_TABLE_REQUEST (RFC 5353, 2.2): the sender asks for
// the handlespace, or for the next part of it. RSPLIB refuses registrars from which it
// had no [Presence], and cannot start over before it has sent the last part.
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
	return parseUnknown(body, paramsOffset, &m.Unknown)
}

func (m *HandleTableRequest) unrecognized() (u wire.Unrecognized) {
	u.Add(m.Unknown)
	return u
}

// LogValue implements [slog.LogValuer].
func (m *HandleTableRequest) LogValue() slog.Value {
	a := m.attrs(TypeHandleTableRequest)
	a.Flag(logkey.OwnChildrenOnly, m.OwnChildrenOnly)
	return a.Value()
}

// HandleTableResponse is ENRP_HANDLE_TABLE_RESPONSE (RFC 5353, 2.3): the handlespace,
// or a part of it. RSPLIB sends at most 1400 octets with at most 128 elements, which can
// be configured up to 1024.
type HandleTableResponse struct {
	IDs
	// Reject is the R bit: the request is refused, and there are no entries.
	Reject bool
	// MoreToSend is the M bit: ask again for more.
	MoreToSend bool
	// Entries are pools with elements. The same pool may occur several times: RSPLIB
	// orders the elements by their identifiers if the request was for its own children
	// only.
	Entries []PoolEntry
	Unknown []wire.RawParam
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
		w.Put(m.Entries[i].PoolHandle.AppendBinary(w.B))
		w.Require(len(m.Entries[i].PoolElements) > 0, wire.ParamPoolElement)
		w.Elements(m.Entries[i].PoolElements)
	}
	w.Unknown(m.Unknown)
	return w.End()
}

func (m *HandleTableResponse) parse(flags uint8, body []byte) error {
	m.Reject = flags&RejectBit != 0
	m.MoreToSend = flags&MoreToSendBit != 0
	var r params.Reader
	for r.Begin(body, paramsOffset); r.Next(); {
		switch {
		case r.Each(wire.ParamPoolHandle):
			r.Err = m.beginEntry(&r)
		case r.Each(wire.ParamPoolElement):
			r.Err = m.parseElement(&r)
		default:
			m.Unknown = r.Retain(m.Unknown)
		}
	}
	if err := r.End(); err != nil {
		return err
	}
	return m.lastComplete(paramsOffset + len(body))
}

// beginEntry decodes a Pool Handle, which begins an entry.
func (m *HandleTableResponse) beginEntry(r *params.Reader) (err error) {
	if err := m.lastComplete(int(r.Param.Offset)); err != nil {
		return err
	}
	params.Extend(r, &m.Entries).PoolHandle, err = wire.ParsePoolHandle(r.Param)
	return err
}

// parseElement decodes a Pool Element, which belongs to the last entry.
func (m *HandleTableResponse) parseElement(r *params.Reader) error {
	if len(m.Entries) == 0 {
		return missing(wire.ParamPoolHandle, int(r.Param.Offset))
	}
	return m.Entries[len(m.Entries)-1].parseElement(&r.Walker)
}

// lastComplete fails if the last entry, which ends at offset, has no element.
func (m *HandleTableResponse) lastComplete(offset int) error {
	if n := len(m.Entries); n > 0 && len(m.Entries[n-1].PoolElements) == 0 {
		return missing(wire.ParamPoolElement, offset)
	}
	return nil
}

func (m *HandleTableResponse) unrecognized() (u wire.Unrecognized) {
	for i := range m.Entries {
		u.AddElements(m.Entries[i].PoolElements)
	}
	u.Add(m.Unknown)
	return u
}

// LogValue implements [slog.LogValuer].
func (m *HandleTableResponse) LogValue() slog.Value {
	elements := 0
	for i := range m.Entries {
		elements += len(m.Entries[i].PoolElements)
	}
	a := m.attrs(TypeHandleTableResponse)
	a.Count(logkey.Entries, len(m.Entries))
	a.Count(logkey.Elements, elements)
	a.Add(logkey.Pools, wire.List[PoolEntry](m.Entries))
	a.Flag(logkey.Reject, m.Reject)
	a.Flag(logkey.MoreToSend, m.MoreToSend)
	return a.Value()
}

func missing(t wire.ParamType, offset int) error {
	return &wire.SyntaxError{Offset: offset, Param: t, Err: wire.ErrMissingParam}
}
