package enrpmsg

import (
	"log/slog"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/params"
	"github.com/rserpool-go/rserpool/wire/logkey"
)

// ListRequest is ENRP_LIST_REQUEST (RFC 5353, 2.5): the sender asks which registrars the
// receiver knows.
type ListRequest struct {
	IDs
	Unknown []wire.RawParam
}

// Type returns [TypeListRequest].
func (*ListRequest) Type() Type { return TypeListRequest }

// AppendBinary appends the encoded message.
func (m *ListRequest) AppendBinary(b []byte) ([]byte, error) {
	w := m.begin(b, TypeListRequest, 0)
	w.Unknown(m.Unknown)
	return w.End()
}

func (m *ListRequest) parse(_ uint8, body []byte) error {
	return parseUnknown(body, paramsOffset, &m.Unknown)
}

func (m *ListRequest) unrecognized() (u wire.Unrecognized) {
	u.Add(m.Unknown)
	return u
}

// LogValue implements [slog.LogValuer].
func (m *ListRequest) LogValue() slog.Value { return m.attrs(TypeListRequest).Value() }

// ListResponse is ENRP_LIST_RESPONSE (RFC 5353, 2.6).
type ListResponse struct {
	IDs
	// Reject is the R bit: the request is refused, and no registrars are listed.
	Reject bool
	// Servers are the registrars that the sender knows, without itself. RSPLIB lists
	// configured registrars, whose identifier it does not know, with identifier 0.
	Servers []wire.ServerInformation
	Unknown []wire.RawParam
}

// Type returns [TypeListResponse].
func (*ListResponse) Type() Type { return TypeListResponse }

// AppendBinary appends the encoded message.
func (m *ListResponse) AppendBinary(b []byte) ([]byte, error) {
	w := m.begin(b, TypeListResponse, flag(m.Reject, RejectBit))
	for i := range m.Servers {
		w.Put(m.Servers[i].AppendBinary(w.B))
	}
	w.Unknown(m.Unknown)
	return w.End()
}

func (m *ListResponse) parse(flags uint8, body []byte) error {
	m.Reject = flags&RejectBit != 0
	var r params.Reader
	for r.Begin(body, paramsOffset); r.Next(); {
		switch {
		case r.Each(wire.ParamServerInformation):
			r.Err = params.Extend(&r, &m.Servers).Parse(r.Param)
		default:
			m.Unknown = r.Retain(m.Unknown)
		}
	}
	return r.End()
}

func (m *ListResponse) unrecognized() (u wire.Unrecognized) {
	for i := range m.Servers {
		u.AddServer(&m.Servers[i])
	}
	u.Add(m.Unknown)
	return u
}

// LogValue implements [slog.LogValuer].
func (m *ListResponse) LogValue() slog.Value {
	a := m.attrs(TypeListResponse)
	a.Count(logkey.Servers, len(m.Servers))
	ids := make(wire.List[wire.ServerID], len(m.Servers))
	for i := range m.Servers {
		ids[i] = m.Servers[i].ID
	}
	a.Add(logkey.ServerIDs, ids)
	a.Flag(logkey.Reject, m.Reject)
	return a.Value()
}
