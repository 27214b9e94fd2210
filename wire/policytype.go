package wire

import (
	"fmt"
	"slices"
)

// PolicyType is the type of a pool member selection policy (RFC 5356, 7.1). The high
// bit marks private types, and the next bit adaptive types; RSPLIB's private types lack
// the bit of adaptive types.
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

// Private policies of RSPLIB. DPF policies (draft-dreibholz-rserpool-delay) take the
// distance to an element into account. RSPLIB only names the last two of them: it neither
// sends nor takes them, and their fields here are those of [LeastUsedDegradationDPF].
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

// policyRow describes a policy type.
type policyRow struct {
	typ    PolicyType
	name   string // as users write it
	fields PolicyFields
	// optional are the fields that a policy text may lack: the programs of RSPLIB have
	// no degradation for these policies.
	optional PolicyFields
}

// policyTypes has a row for each type. A new policy needs a constant above and a row
// here, and in package handlespace an order of its elements.
var policyTypes = [...]policyRow{
	{RoundRobin, "RoundRobin", 0, 0},
	{WeightedRoundRobin, "WeightedRoundRobin", FieldWeight, 0},
	{Random, "Random", 0, 0},
	{WeightedRandom, "WeightedRandom", FieldWeight, 0},
	{Priority, "Priority", FieldPriority, 0},
	{LeastUsed, "LeastUsed", FieldLoad, 0},
	{LeastUsedDegradation, "LeastUsedDegradation", degradation, 0},
	{PriorityLeastUsed, "PriorityLeastUsed", degradation, 0},
	{RandomizedLeastUsed, "RandomizedLeastUsed", FieldLoad, 0},
	{RandomizedPriorityLeastUsed, "RandomizedPriorityLeastUsed", degradation, FieldLoadDegradation},
	{RandomizedLeastUsedDegradation, "RandomizedLeastUsedDegradation", degradation, FieldLoadDegradation},
	{PriorityLeastUsedDegradation, "PriorityLeastUsedDegradation", degradation, 0},
	{RandomizedPriorityLeastUsedDegradation, "RandomizedPriorityLeastUsedDegradation", degradation, FieldLoadDegradation},
	{WeightedRandomDPF, "WeightedRandomDPF", FieldWeight | FieldWeightDPF | FieldDistance, 0},
	{LeastUsedDPF, "LeastUsedDPF", FieldLoad | loadDPF, 0},
	{LeastUsedDegradationDPF, "LeastUsedDegradationDPF", degradation | loadDPF, 0},
	{PriorityLeastUsedDPF, "PriorityLeastUsedDPF", degradation | loadDPF, 0},
	{PriorityLeastUsedDegradationDPF, "PriorityLeastUsedDegradationDPF", degradation | loadDPF, 0},
}

// Fields that several policies have in common.
const (
	degradation = FieldLoad | FieldLoadDegradation
	loadDPF     = FieldLoadDPF | FieldDistance
)

// PolicyTypes returns the types that are known, in ascending order.
func PolicyTypes() []PolicyType {
	types := make([]PolicyType, len(policyTypes))
	for i := range policyTypes {
		types[i] = policyTypes[i].typ
	}
	slices.Sort(types)
	return types
}

// unknownPolicy is the row of all types that are not known.
var unknownPolicy policyRow

// policyRows has the row of each type at the type modulo the length. The length is chosen
// so that no two types collide. Decoding an element takes a look-up.
var policyRows = func() (rows [73]*policyRow) {
	for i := range policyTypes {
		row := &rows[policyTypes[i].typ%PolicyType(len(rows))]
		if *row != nil {
			panic("BUG: " + policyTypes[i].name + " collides: take another length")
		}
		*row = &policyTypes[i]
	}
	return rows
}()

// row returns the row of the type.
func (t PolicyType) row() *policyRow {
	if row := policyRows[t%PolicyType(len(policyRows))]; row != nil && row.typ == t {
		return row
	}
	return &unknownPolicy
}

// String returns the policy's name as users write it, or its number.
func (t PolicyType) String() string {
	if name := t.row().name; name != "" {
		return name
	}
	return fmt.Sprintf("PolicyType(0x%08x)", uint32(t))
}

// Known reports whether this package knows the policy's fields.
func (t PolicyType) Known() bool { return t.row() != &unknownPolicy }

// isValid reports whether the type is not reserved as invalid (RFC 5356, 7.1).
func (t PolicyType) isValid() bool { return t != 0 && t != 0x40000000 }

// Fields returns which fields of a [Policy] the type has, none for a type that is not
// known.
func (t PolicyType) Fields() PolicyFields { return t.row().fields }

// Adaptive reports whether elements report their load, and register again when it
// changes.
func (t PolicyType) Adaptive() bool { return t.Fields()&FieldLoad != 0 }
