package dissect

import (
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// Elements returns the pool elements that the message names.
func (m *Message) Elements() (ids []wire.PEID) {
	for _, a := range m.attributes() {
		switch v := a.Value.Any().(type) {
		case wire.PEID:
			ids = append(ids, v)
		case wire.List[wire.PEID]:
			ids = append(ids, v...)
		case wire.List[enrpmsg.PoolEntry]:
			for i := range v {
				for j := range v[i].PoolElements {
					ids = append(ids, v[i].PoolElements[j].ID)
				}
			}
		}
	}
	return ids
}

// Registrars returns the registrars that the message names: as sender, receiver, target, home or
// entry of a list.
func (m *Message) Registrars() (ids []wire.ServerID) {
	for _, a := range m.attributes() {
		switch v := a.Value.Any().(type) {
		case wire.ServerID:
			ids = append(ids, v)
		case wire.List[wire.ServerID]:
			ids = append(ids, v...)
		case wire.List[enrpmsg.PoolEntry]:
			for i := range v {
				for j := range v[i].PoolElements {
					ids = append(ids, v[i].PoolElements[j].HomeID)
				}
			}
		}
	}
	return ids
}

// Parsed returns the message as its codec decodes it, such as an [asapmsg.Message]. It returns nil if
// the message is damaged or consists of user data.
func (m *Message) Parsed() any {
	if m.Err != nil {
		return nil
	}
	return m.parsed
}
