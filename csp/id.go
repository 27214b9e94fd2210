package csp

import "fmt"

// Group tells what kind of component an identifier belongs to.
type Group uint8

// The groups.
const (
	GroupRegistrar   Group = 1
	GroupPoolElement Group = 2
	GroupPoolUser    Group = 3
)

// String returns the group in words, or its number.
func (g Group) String() string {
	switch g {
	case GroupRegistrar:
		return "registrar"
	case GroupPoolElement:
		return "pool element"
	case GroupPoolUser:
		return "pool user"
	}
	return fmt.Sprintf("Group(%d)", uint8(g))
}

// ComponentID identifies a component: 8 bits of group, then 56 bits of object. A
// component whose object is 0 has no identifier, and does not report.
type ComponentID uint64

const objectMask = 1<<56 - 1

// NewComponentID returns the identifier of an object in a group: the identifier of
// a registrar or pool element, or 56 random bits for a pool user. Higher bits of the
// object are cut off.
func NewComponentID(g Group, object uint64) ComponentID {
	return ComponentID(uint64(g)<<56 | object&objectMask)
}

// Group returns the group.
func (id ComponentID) Group() Group { return Group(id >> 56) }

// Object returns the object in its group.
func (id ComponentID) Object() uint64 { return uint64(id) & objectMask }

// String returns the identifier as 0x and 16 hexadecimal digits.
func (id ComponentID) String() string { return fmt.Sprintf("0x%016x", uint64(id)) }
