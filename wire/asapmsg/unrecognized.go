package asapmsg

import "github.com/rserpool-go/rserpool/wire"

// Unrecognized returns what is to be done about the parameters of a message that
// [Parse] did not recognize.
func Unrecognized(m Message) (u wire.Unrecognized) {
	switch m := m.(type) {
	case *Registration:
		u.AddElement(&m.PoolElement)
		u.Add(m.Unknown)
	case *HandleResolutionResponse:
		addElements(&u, m.PoolElements)
		u.Add(m.Unknown)
	case *BusinessCard:
		addElements(&u, m.PoolElements)
		u.Add(m.Unknown)
	case *ServerAnnounce:
		for i := range m.Transports {
			u.AddTransport(&m.Transports[i])
		}
		u.Add(m.Unknown)
	case *Deregistration:
		u.Add(m.Unknown)
	case *RegistrationResponse:
		u.Add(m.Unknown)
	case *DeregistrationResponse:
		u.Add(m.Unknown)
	case *HandleResolution:
		u.Add(m.Unknown)
	case *EndpointKeepAlive:
		u.Add(m.Unknown)
	case *EndpointKeepAliveAck:
		u.Add(m.Unknown)
	case *EndpointUnreachable:
		u.Add(m.Unknown)
	case *Cookie:
		u.Add(m.Unknown)
	case *CookieEcho:
		u.Add(m.Unknown)
	case *Error:
		u.Add(m.Unknown)
	}
	return u
}

func addElements(u *wire.Unrecognized, es []wire.PoolElement) {
	for i := range es {
		u.AddElement(&es[i])
	}
}
