package wire

import "encoding/binary"

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
