package wire

import (
	"encoding/binary"
	"fmt"

	"github.com/rserpool-go/rserpool/wire/internal/tlv"
)

// PolicyType is the type of a pool member selection policy (RFC 5356, 7.1). The high
// bit marks private ones, and the next bit adaptive ones; the private ones of the
// deployed implementation do without the latter.
type PolicyType uint32

// The policies of RFC 5356.
const (
	RoundRobin           PolicyType = 0x00000001
	WeightedRoundRobin   PolicyType = 0x00000002
	Random               PolicyType = 0x00000003
	WeightedRandom       PolicyType = 0x00000004
	Priority             PolicyType = 0x00000005
	LeastUsed            PolicyType = 0x40000001
	LeastUsedDegradation PolicyType = 0x40000002
	PriorityLeastUsed    PolicyType = 0x40000003
	RandomizedLeastUsed  PolicyType = 0x40000004
)

// Private policies of the deployed implementation. DPF policies
// (draft-dreibholz-rserpool-delay) take the distance to an element into account. The
// last two of them the deployed implementation only names: it neither sends nor takes
// them, and the fields that they have here are those of [LeastUsedDegradationDPF].
const (
	RandomizedPriorityLeastUsed            PolicyType = 0xb0001001
	RandomizedLeastUsedDegradation         PolicyType = 0xb0001002
	PriorityLeastUsedDegradation           PolicyType = 0xb0001003
	RandomizedPriorityLeastUsedDegradation PolicyType = 0xb0001004
	WeightedRandomDPF                      PolicyType = 0xb0002001
	LeastUsedDPF                           PolicyType = 0xb0002002
	LeastUsedDegradationDPF                PolicyType = 0xb0002003
	PriorityLeastUsedDPF                   PolicyType = 0xb0002004
	PriorityLeastUsedDegradationDPF        PolicyType = 0xb0002005
)

// PolicyFields says which fields of a [Policy] a policy type has.
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

var policyNames = map[PolicyType]string{
	RoundRobin:                             "RoundRobin",
	WeightedRoundRobin:                     "WeightedRoundRobin",
	Random:                                 "Random",
	WeightedRandom:                         "WeightedRandom",
	Priority:                               "Priority",
	LeastUsed:                              "LeastUsed",
	LeastUsedDegradation:                   "LeastUsedDegradation",
	PriorityLeastUsed:                      "PriorityLeastUsed",
	RandomizedLeastUsed:                    "RandomizedLeastUsed",
	RandomizedPriorityLeastUsed:            "RandomizedPriorityLeastUsed",
	RandomizedLeastUsedDegradation:         "RandomizedLeastUsedDegradation",
	PriorityLeastUsedDegradation:           "PriorityLeastUsedDegradation",
	RandomizedPriorityLeastUsedDegradation: "RandomizedPriorityLeastUsedDegradation",
	WeightedRandomDPF:                      "WeightedRandomDPF",
	LeastUsedDPF:                           "LeastUsedDPF",
	LeastUsedDegradationDPF:                "LeastUsedDegradationDPF",
	PriorityLeastUsedDPF:                   "PriorityLeastUsedDPF",
	PriorityLeastUsedDegradationDPF:        "PriorityLeastUsedDegradationDPF",
}

// String returns the policy's name as users write it, or its number.
func (t PolicyType) String() string {
	if s, ok := policyNames[t]; ok {
		return s
	}
	return fmt.Sprintf("PolicyType(0x%08x)", uint32(t))
}

// Known reports whether this package knows the policy's fields.
func (t PolicyType) Known() bool { _, ok := policyNames[t]; return ok }

// valid reports whether the type is not one of the two that are reserved as invalid.
func (t PolicyType) valid() bool { return t != 0 && t != 0x40000000 }

// Fields returns which fields of a [Policy] the type has: none for one that is not
// known.
func (t PolicyType) Fields() PolicyFields {
	switch t {
	case WeightedRoundRobin, WeightedRandom:
		return FieldWeight
	case Priority:
		return FieldPriority
	case LeastUsed, RandomizedLeastUsed:
		return FieldLoad
	case LeastUsedDegradation, PriorityLeastUsed,
		RandomizedPriorityLeastUsed, RandomizedLeastUsedDegradation,
		PriorityLeastUsedDegradation, RandomizedPriorityLeastUsedDegradation:
		return FieldLoad | FieldLoadDegradation
	case WeightedRandomDPF:
		return FieldWeight | FieldWeightDPF | FieldDistance
	case LeastUsedDPF:
		return FieldLoad | FieldLoadDPF | FieldDistance
	case LeastUsedDegradationDPF, PriorityLeastUsedDPF, PriorityLeastUsedDegradationDPF:
		return FieldLoad | FieldLoadDegradation | FieldLoadDPF | FieldDistance
	}
	return 0
}

// Adaptive reports whether elements report their load, and register again when it
// changes.
func (t PolicyType) Adaptive() bool { return t.Fields()&FieldLoad != 0 }

// Policy is a pool member selection policy with the values of one element
// (RFC 5354, 3.8; RFC 5356, 4 and 5). Policies are comparable. Fields that the type
// does not have are 0, and not encoded.
//
// Load, LoadDegradation, LoadDPF and WeightDPF are fractions of [FullLoad].
type Policy struct {
	Type     PolicyType
	Weight   uint32
	Priority uint32
	Load     uint32
	// LoadDegradation is by how much one more session raises the load.
	LoadDegradation uint32
	// WeightDPF and LoadDPF, distance penalty factors, are what each millisecond
	// of distance takes off the weight or adds to the load.
	WeightDPF uint32
	LoadDPF   uint32
	// Distance is the one-way delay to the element in milliseconds.
	Distance uint32
	// Extra are the octets behind the fields of the type: all of them for one
	// that is not known.
	Extra string
}

// FullLoad is the load of 100 % (RFC 5356, 3.1).
const FullLoad = 0xffffffff

// field returns the place of one field.
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
	if !p.Type.valid() {
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

// padding returns how many octets of padding the parameter ends with.
func (p *Policy) padding() int { return padding(len(p.Extra)) }

// ParsePolicy decodes a Pool Member Selection Policy parameter. Types that are not
// known are taken, but for 0 and 0x40000000, which are invalid (RFC 5356, 7.1).
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
	if !p.Type.valid() {
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
