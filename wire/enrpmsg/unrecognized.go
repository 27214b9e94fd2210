package enrpmsg

import "github.com/rserpool-go/rserpool/wire"

// Unrecognized returns what is to be done about the parameters of a message that
// [Parse] did not recognize.
func Unrecognized(m Message) (u wire.Unrecognized) {
	switch m := m.(type) {
	case *Presence:
		if m.Server != nil {
			u.AddServer(m.Server)
		}
		u.Add(m.Unknown)
	case *HandleTableResponse:
		for i := range m.Entries {
			for j := range m.Entries[i].PoolElements {
				u.AddElement(&m.Entries[i].PoolElements[j])
			}
		}
		u.Add(m.Unknown)
	case *HandleUpdate:
		u.AddElement(&m.PoolElement)
		u.Add(m.Unknown)
	case *ListResponse:
		for i := range m.Servers {
			u.AddServer(&m.Servers[i])
		}
		u.Add(m.Unknown)
	case *HandleTableRequest:
		u.Add(m.Unknown)
	case *ListRequest:
		u.Add(m.Unknown)
	case *InitTakeover:
		u.Add(m.Unknown)
	case *InitTakeoverAck:
		u.Add(m.Unknown)
	case *TakeoverServer:
		u.Add(m.Unknown)
	case *Error:
		u.Add(m.Unknown)
	}
	return u
}
