package wire

import (
	"encoding/binary"

	"github.com/rserpool-go/rserpool/wire/internal/tlv"
)

// AppendBinary appends a Pool Handle parameter. It fails with [ErrRange] for an
// empty handle, and with [ErrTooLong].
func (h PoolHandle) AppendBinary(b []byte) ([]byte, error) {
	if h == "" {
		return nil, outOfRange(ParamPoolHandle, "empty")
	}
	start := len(b)
	return endParam(append(tlv.Begin(b, uint16(ParamPoolHandle)), h...), start, ParamPoolHandle, 0)
}

// ParsePoolHandle decodes a Pool Handle parameter.
func ParsePoolHandle(p RawParam) (PoolHandle, error) {
	if err := p.need(1); err != nil {
		return "", err
	}
	return PoolHandle(p.Value), nil
}

// AppendBinary appends a PE Identifier parameter (RFC 5354, 3.14).
func (id PEID) AppendBinary(b []byte) ([]byte, error) {
	return binary.BigEndian.AppendUint32(append(b, 0, byte(ParamPEIdentifier), 0, 8), uint32(id)), nil
}

// ParsePEID decodes a PE Identifier parameter.
func ParsePEID(p RawParam) (PEID, error) {
	if len(p.Value) != 4 {
		return 0, p.Fail(0, ErrBadLength)
	}
	return PEID(binary.BigEndian.Uint32(p.Value)), nil
}

// AppendCookie appends a Cookie parameter (RFC 5354, 3.13), which has at least one
// octet. It fails with [ErrRange] and [ErrTooLong].
func AppendCookie(b, cookie []byte) ([]byte, error) {
	if len(cookie) == 0 {
		return nil, outOfRange(ParamCookie, "empty")
	}
	return RawParam{Type: ParamCookie, Value: cookie}.AppendBinary(b)
}

// ParseCookie decodes a Cookie parameter. The cookie is a copy.
func ParseCookie(p RawParam) ([]byte, error) {
	if err := p.need(1); err != nil {
		return nil, err
	}
	return clone(p.Value), nil
}

// AppendChecksum appends a PE Checksum parameter (RFC 5354, 3.15) with the value of
// [PEChecksum.Value].
func AppendChecksum(b []byte, sum uint16) ([]byte, error) {
	return append(b, 0, byte(ParamPEChecksum), 0, 6, byte(sum>>8), byte(sum), 0, 0), nil
}

// ParseChecksum decodes a PE Checksum parameter.
func ParseChecksum(p RawParam) (uint16, error) {
	if len(p.Value) != 2 {
		return 0, p.Fail(0, ErrBadLength)
	}
	return binary.BigEndian.Uint16(p.Value), nil
}

// AppendItems appends a Handle Resolution Option
// (draft-dreibholz-rserpool-asap-hropt) that asks for a number of elements.
func AppendItems(b []byte, items uint32) ([]byte, error) {
	b = append(b, byte(ParamHandleResolutionOption>>8), byte(ParamHandleResolutionOption&0xff), 0, 8)
	return binary.BigEndian.AppendUint32(b, items), nil
}

// ParseItems decodes a Handle Resolution Option.
func ParseItems(p RawParam) (uint32, error) {
	if err := p.need(4); err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint32(p.Value), nil
}
