package asap

import (
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
)

// A Message is a message between a pool user and a pool element.
type Message struct {
	// PPID is the payload protocol identifier, in host byte order. The identifier of ASAP is
	// reserved.
	PPID uint32
	// Stream is the SCTP stream.
	Stream uint16
	// Data is the message, which must not be empty. The data of a sent message belongs to the caller again when Send
	// has returned. The data of a received message belongs to the receiver.
	Data []byte
}

// isControl reports whether a message of an association belongs to the control channel, which
// shares the association with the data (RFC 5352, 1.3).
func isControl(m transport.Message) bool { return m.PPID == wire.PPIDASAP }
