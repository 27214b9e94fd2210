package wire

import (
	"encoding/binary"
	"log/slog"
	"math/bits"

	"github.com/rserpool-go/rserpool/wire/internal/tlv"
)

// PolicyFields is a set of fields of a [Policy].
type PolicyFields uint8

// The fields, in the order in which they stand in the parameter.
const (
	FieldWeight PolicyFields = 1 << iota
	FieldPriority
	FieldLoad
	FieldLoadDegradation
	FieldWeightDPF
	FieldLoadDPF
	FieldDistance
)

// Policy is a pool member selection policy with the values of an element
// (RFC 5354, 3.8; RFC 5356, 4 and 5). Policies are comparable. Fields that the type
// does not have are 0, and not encoded.
//
// Load, LoadDegradation, LoadDPF and WeightDPF are fractions of [FullLoad].
type Policy struct {
	Type     PolicyType
	Weight   uint32
	Priority uint32
	Load     uint32
	// LoadDegradation is the increase of the load by a further session.
	LoadDegradation uint32
	// WeightDPF and LoadDPF are distance penalty factors: each millisecond of distance
	// lowers the weight or raises the load by the factor.
	WeightDPF uint32
	LoadDPF   uint32
	// Distance is the one-way delay to the element in milliseconds.
	Distance uint32
	// Extra are the octets behind the fields of the type: all octets for a type that
	// is not known.
	Extra string
}

// FullLoad is the load of 100 % (RFC 5356, 3.1).
const FullLoad = 0xffffffff

// field returns the place of a field.
func (p *Policy) field(f PolicyFields) *uint32 {
	switch f {
	case FieldWeight:
		return &p.Weight
	case FieldPriority:
		return &p.Priority
	case FieldLoad:
		return &p.Load
	case FieldLoadDegradation:
		return &p.LoadDegradation
	case FieldWeightDPF:
		return &p.WeightDPF
	case FieldLoadDPF:
		return &p.LoadDPF
	default:
		return &p.Distance
	}
}

// first returns the first field of the set in the order in the parameter.
func (f PolicyFields) first() PolicyFields { return f & -f }

// AppendBinary appends the parameter with the fields that its type has. It fails
// with [ErrRange] for an invalid type, and with [ErrTooLong].
func (p Policy) AppendBinary(b []byte) ([]byte, error) {
	if !p.Type.isValid() {
		return nil, outOfRange(ParamPolicy, "invalid type")
	}
	start := len(b)
	b = tlv.Begin(b, uint16(ParamPolicy))
	b = binary.BigEndian.AppendUint32(b, uint32(p.Type))
	for fields := p.Type.Fields(); fields != 0; fields &^= fields.first() {
		b = binary.BigEndian.AppendUint32(b, *p.field(fields.first()))
	}
	return endParam(append(b, p.Extra...), start, ParamPolicy, 0)
}

// encodedLen returns the number of octets, with padding, that AppendBinary appends unless it
// fails.
func (p *Policy) encodedLen() int {
	return paddedLen(4 + 4*bits.OnesCount8(uint8(p.Type.Fields())) + len(p.Extra))
}

// padding returns how many octets of padding the parameter ends with.
func (p *Policy) padding() int { return padding(len(p.Extra)) }

// ParsePolicy decodes a Pool Member Selection Policy parameter. Types that are not
// known are taken, except 0 and 0x40000000, which are invalid (RFC 5356, 7.1).
func ParsePolicy(raw RawParam) (Policy, error) {
	var p Policy
	err := p.Parse(raw)
	return p, err
}

// Parse is [ParsePolicy] into p, which must be zero.
func (p *Policy) Parse(raw RawParam) error {
	if err := raw.need(4); err != nil {
		return err
	}
	p.Type = PolicyType(binary.BigEndian.Uint32(raw.Value))
	if !p.Type.isValid() {
		return raw.Fail(0, ErrBadValue)
	}
	v := raw.Value[4:]
	for fields := p.Type.Fields(); fields != 0; fields &^= fields.first() {
		if len(v) < 4 {
			return raw.Fail(len(raw.Value), ErrBadLength)
		}
		*p.field(fields.first()) = binary.BigEndian.Uint32(v)
		v = v[4:]
	}
	p.Extra = string(v)
	return nil
}

// LogValue implements [slog.LogValuer].
func (p Policy) LogValue() slog.Value { return slog.StringValue(p.String()) }
