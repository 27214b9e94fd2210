package enrpmsg

import (
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/params"
)

// ListRequest is ENRP_LIST_REQUEST (RFC 5353, 2.5): which registrars do you know?
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
	set := params.Set{Unknown: &m.Unknown}
	return set.Parse(body, paramsOffset)
}

// ListResponse is ENRP_LIST_RESPONSE (RFC 5353, 2.6).
type ListResponse struct {
	IDs
	// Reject is the R bit: the request is refused, and no registrars are listed.
	Reject bool
	// Servers are the registrars that the sender knows, without itself. The deployed
	// implementation lists configured ones, whose identifier it does not know, with
	// identifier 0.
	Servers []wire.ServerInformation
	Unknown []wire.RawParam
}

// Type returns [TypeListResponse].
func (*ListResponse) Type() Type { return TypeListResponse }

// AppendBinary appends the encoded message.
func (m *ListResponse) AppendBinary(b []byte) ([]byte, error) {
	w := m.begin(b, TypeListResponse, flag(m.Reject, RejectBit))
	for i := range m.Servers {
		w.Server(&m.Servers[i])
	}
	w.Unknown(m.Unknown)
	return w.End()
}

func (m *ListResponse) parse(flags uint8, body []byte) error {
	m.Reject = flags&RejectBit != 0
	set := params.Set{Servers: &m.Servers, Unknown: &m.Unknown}
	return set.Parse(body, paramsOffset)
}
