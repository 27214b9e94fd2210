package wire

import (
	"encoding/binary"

	"github.com/rserpool-go/rserpool/wire/internal/tlv"
)

// ServerInformation is a Server Information parameter (RFC 5354, 3.11): a registrar
// and where it takes ENRP messages.
type ServerInformation struct {
	ID        ServerID
	Transport Transport
	Unknown   []RawParam
}

const serverFixedLen = 4

// AppendBinary appends the parameter. It fails with [ErrRange] and [ErrTooLong].
func (s *ServerInformation) AppendBinary(b []byte) ([]byte, error) {
	start := len(b)
	b = tlv.Begin(b, uint16(ParamServerInformation))
	b = binary.BigEndian.AppendUint32(b, uint32(s.ID))
	b, err := s.Transport.AppendBinary(b)
	if err != nil {
		return nil, err
	}
	if b, err = AppendParams(b, s.Unknown); err != nil {
		return nil, err
	}
	return endNested(b, start, ParamServerInformation, s.Unknown)
}

// ParseServerInformation decodes a Server Information parameter.
func ParseServerInformation(p RawParam) (ServerInformation, error) {
	var s ServerInformation
	if err := p.need(serverFixedLen); err != nil {
		return s, err
	}
	s.ID = ServerID(binary.BigEndian.Uint32(p.Value))
	for q, err := range p.Nested(serverFixedLen) {
		switch {
		case err != nil:
			return s, err
		case !isTransport(q.Type):
			s.Unknown = append(s.Unknown, q.Retain())
		case s.Transport.Protocol != 0:
			return s, q.Fail(0, ErrDuplicateParam)
		default:
			if s.Transport, err = ParseTransport(q); err != nil {
				return s, err
			}
		}
	}
	if s.Transport.Protocol == 0 {
		return s, p.missing(ParamSCTPTransport)
	}
	return s, nil
}
