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
	return endParam(b, start, ParamServerInformation, lastPadding(s.Unknown, s.Transport.padding()))
}

// ParseServerInformation decodes a Server Information parameter.
func ParseServerInformation(p RawParam) (ServerInformation, error) {
	var s ServerInformation
	err := s.Parse(p)
	return s, err
}

// Parse is [ParseServerInformation] into s, which must be zero.
func (s *ServerInformation) Parse(p RawParam) error {
	if err := p.need(serverFixedLen); err != nil {
		return err
	}
	s.ID = ServerID(binary.BigEndian.Uint32(p.Value))
	w := p.Walk(serverFixedLen)
	for w.Next() {
		switch {
		case !isTransport(w.Param.Type):
			s.Unknown = w.Retain(s.Unknown)
		case s.Transport.Protocol != 0:
			return w.Param.Repeated()
		default:
			if err := s.Transport.Parse(w.Param); err != nil {
				return err
			}
		}
	}
	if err := w.Err(); err != nil {
		return err
	}
	if s.Transport.Protocol == 0 {
		return p.missing(ParamSCTPTransport)
	}
	return nil
}
