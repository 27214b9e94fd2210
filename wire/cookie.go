package wire

// AppendCookie appends a Cookie parameter (RFC 5354, 3.13), which must not be empty. It
// fails with [ErrRange] and [ErrTooLong].
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
