package script

import (
	"net/netip"

	"github.com/rserpool-go/rserpool/tools/internal/association"
)

// notes tell the place of an association in the script.
type notes struct {
	number uint64 // from the first cue on
	// role tells which end is the registrar, and ppid the protocol, once a message has
	// shown both.
	role role
	ppid uint32
}

// direction is one of the two directions of an association.
type direction = association.Direction[notes]

// role tells which end of an association is the registrar.
type role uint8

const (
	unknownRole role = iota
	// openedByClient: the registrar accepted the association.
	openedByClient
	// openedByRegistrar: the client accepted the association.
	openedByRegistrar
	// foreign: the association does not concern the registrar whose part is played.
	foreign
)

// roleOf returns the role if the registrar is the opener, or is not.
func roleOf(registrarIsOpener bool) role {
	if registrarIsOpener {
		return openedByRegistrar
	}
	return openedByClient
}

// client returns the end that is not the registrar.
func client(d direction) netip.AddrPort {
	if d.Note.role == openedByRegistrar {
		return d.Acceptor
	}
	return d.Opener
}
