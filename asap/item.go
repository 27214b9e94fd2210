package asap

import "github.com/rserpool-go/rserpool/wire"

// An Item is what a session brings: [Data], [CookieEcho], [FailoverNecessary] or
// [FailoverComplete].
type Item interface{ item() }

// Data is a message of the program at the other end.
type Data struct {
	// PPID is the payload protocol identifier, in host byte order. It is never
	// that of ASAP.
	PPID uint32
	// Stream is the SCTP stream.
	Stream uint16
	// Data is the message.
	Data []byte
}

// CookieEcho is the first item of a session that another element has served before:
// the newest cookie of that element (RFC 5352, 2.2.12). Only a [ServerSession]
// brings it.
type CookieEcho struct{ Cookie []byte }

// FailoverNecessary tells that the element that served the session is gone. Only a
// [Session] brings it. Unless its failover is manual, it seeks another element
// already.
type FailoverNecessary struct {
	// Element is the one that is gone.
	Element wire.PEID
	// Cookie: there is a cookie for its successor.
	Cookie bool
	// Orderly: it has shut the session down, so all that it had sent has arrived.
	Orderly bool
}

// FailoverComplete tells that the session goes on at another element. Only a
// [Session] brings it.
type FailoverComplete struct {
	// Element serves the session now.
	Element wire.PEID
	// Cookie: it has been sent the session's cookie. If not, it knows nothing of
	// the session.
	Cookie bool
}

func (Data) item()              {}
func (CookieEcho) item()        {}
func (FailoverNecessary) item() {}
func (FailoverComplete) item()  {}
