package wire

import "encoding/binary"

// PEChecksum is the sum over a set of pool elements from which registrars compute
// the PE Checksum (RFC 5353, 3.6.2; RFC 1071): unfolded, so that elements can be
// added and taken away in any order. The zero value is the sum of the empty set.
//
// Words are added in little-endian order modulo 2^32, as in RSPLIB, so that the checksums
// agree on any number of elements. Without overflow the outcome agrees with RFC 1071
// (ADR 0008, F7).
type PEChecksum uint32

// SumPE returns the sum of a single element.
func SumPE(pool PoolHandle, id PEID) PEChecksum {
	var sum uint32
	i := 0
	for ; i+1 < len(pool); i += 2 {
		sum += uint32(pool[i]) | uint32(pool[i+1])<<8
	}
	if i < len(pool) {
		sum += uint32(pool[i])
	}
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(id))
	sum += uint32(binary.LittleEndian.Uint16(b[:])) + uint32(binary.LittleEndian.Uint16(b[2:]))
	return PEChecksum(sum)
}

// Add returns the sum of both sets.
func (c PEChecksum) Add(d PEChecksum) PEChecksum { return c + d }

// Sub returns the sum of the elements of c without the elements of d.
func (c PEChecksum) Sub(d PEChecksum) PEChecksum { return c - d }

// Value returns the checksum as the 16-bit field of a PE Checksum parameter.
func (c PEChecksum) Value() uint16 {
	for c > 0xffff {
		c = c&0xffff + c>>16
	}
	v := ^uint16(c)
	return v<<8 | v>>8
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
