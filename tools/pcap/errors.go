package pcap

import (
	"errors"
	"fmt"
)

// What can be wrong with a capture file.
var (
	// ErrFormat: the input is neither pcap nor pcapng.
	ErrFormat = errors.New("not a capture file of format pcap or pcapng")
	// ErrTruncated: the file ends in the middle.
	ErrTruncated = errors.New("file is cut off")
	// ErrTooLong: a packet is longer than [MaxPacketLen], or so it says.
	ErrTooLong = errors.New("packet is too long")
	// ErrBadBlock: a length or reference in a pcapng block makes no sense.
	ErrBadBlock = errors.New("damaged block")
)

// A DamageError says where a capture file is damaged. Nothing can be read behind
// that place.
type DamageError struct {
	// Offset is where the packet or block starts that is damaged, in octets from
	// the start of the file.
	Offset int64
	// Err is one of the Err values of this package, or what reading returned.
	Err error
}

// Error returns the damage and the offset.
func (e *DamageError) Error() string { return fmt.Sprintf("octet %d: %v", e.Offset, e.Err) }

// Unwrap returns Err.
func (e *DamageError) Unwrap() error { return e.Err }
