package wire

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// PoolHandle names a pool: 1 or more octets of any value (RFC 5354, 3.9). It is a
// string because it is a key; it need not be text.
type PoolHandle string

// MaxPoolHandleLen is the largest length, in octets, that a registrar accepts.
// The RFCs set no limit; the deployed implementation does not survive more.
const MaxPoolHandleLen = 32

// String returns the handle as it is where it is printable text, else quoted.
func (h PoolHandle) String() string {
	for _, r := range string(h) {
		if r == utf8.RuneError || !strconv.IsPrint(r) {
			return strconv.Quote(string(h))
		}
	}
	return string(h)
}

// PEID is a pool element identifier (RFC 5354, 3.14): unique in its pool, drawn at
// random, never 0.
type PEID uint32

// String returns the identifier as 0x and 8 hexadecimal digits.
func (id PEID) String() string { return fmt.Sprintf("0x%08x", uint32(id)) }

// ServerID identifies a registrar, which the RFCs call an ENRP server
// (RFC 5353, 2): drawn at random, and 0 where it is not known.
type ServerID uint32

// String returns the identifier as 0x and 8 hexadecimal digits.
func (id ServerID) String() string { return fmt.Sprintf("0x%08x", uint32(id)) }

// Payload protocol identifiers of SCTP DATA chunks (RFC 5352, 8.3; RFC 5353, 5.4), in
// host byte order.
const (
	PPIDASAP = 11
	PPIDENRP = 12
)

// Ports registered for ASAP and ENRP (RFC 5352, 8.2; RFC 5353, 5.3).
const (
	PortASAP = 3863
	PortENRP = 9901
)
