package asap

import "github.com/rserpool-go/rserpool/wire"

// An Item is the result of Receive: [Data], [CookieEcho], [FailoverNecessary] or
// [FailoverComplete].
type Item interface{ item() }

// Data is a message of the peer's program.
type Data struct {
	// PPID is the payload protocol identifier, in host byte order. It is never the
	// identifier of ASAP, which marks the control channel (RFC 5352, 5).
	PPID uint32
	// Stream is the number of the SCTP stream.
	Stream uint16
	// Data is the message.
	Data []byte
}

// CookieEcho is the first item of a session that comes from another element: the newest cookie of
// that element (RFC 5352, 2.2.12). Only a [ServerSession] receives it.
type CookieEcho struct{ Cookie []byte }

// FailoverNecessary tells that the session has lost its element. Only a [Session] receives it. The
// session is looking for another element, unless [DialConfig.Manual] is set.
type FailoverNecessary struct {
	// Element is the lost element.
	Element wire.PEID
	// Cookie: the session has a cookie for the next element.
	Cookie bool
	// Orderly: the element has shut the session down, so all its messages have arrived.
	Orderly bool
}

// FailoverComplete tells that another element serves the session. Only a [Session] receives it.
type FailoverComplete struct {
	// Element serves the session now.
	Element wire.PEID
	// Cookie: the element has been sent the session's cookie. Without a cookie, the element
	// knows nothing of the session.
	Cookie bool
}

func (Data) item()              {}
func (CookieEcho) item()        {}
func (FailoverNecessary) item() {}
func (FailoverComplete) item()  {}
