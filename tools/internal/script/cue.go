package script

import (
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

// A Source yields the cues of a script.
type Source interface {
	// Next returns the next cue, io.EOF at the end, or the error that ends the script
	// early.
	Next() (Cue, error)
}

// Kind is the kind of a cue.
type Kind uint8

// The kinds.
const (
	// Open: an association comes up.
	Open Kind = iota + 1
	// Say: the client sends a message to the registrar.
	Say
	// Hear: the registrar sends a message to the client.
	Hear
	// Close: an association ends.
	Close
)

// A Cue is an event of a script: something that happened on an association between a client
// and the registrar. The client is a pool element, a pool user, or another registrar.
type Cue struct {
	Kind Kind
	// At is the time since the first event of the script. It never goes back.
	At time.Duration
	// Frame is the number of the packet in the capture, 0 if there is none.
	Frame int
	// Assoc numbers the associations of the script, from 1.
	Assoc uint64
	// Client is the address and port of the client. Port and address are those of SCTP.
	Client netip.AddrPort
	// PPID tells the protocol of the association: [wire.PPIDASAP] or [wire.PPIDENRP].
	PPID uint32
	// Registrar is the identifier of the registrar in the script, 0 while it is not known.
	Registrar wire.ServerID
	// ByRegistrar: the registrar opened the association, or closed it.
	ByRegistrar bool
	// Aborted: the association ended by ABORT.
	Aborted bool
	// Message is the message of Say and Hear.
	Message Message
}
