package dissect

import (
	"fmt"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// Elements returns the pool elements that the message names.
func (m *Message) Elements() []wire.PEID {
	return named(m, func(e *wire.PoolElement) wire.PEID { return e.ID })
}

// Registrars returns the registrars that the message names: as sender, receiver, target, home or
// entry of a list.
func (m *Message) Registrars() []wire.ServerID {
	return named(m, func(e *wire.PoolElement) wire.ServerID { return e.HomeID })
}

// identifier is the type of an identifier that messages name.
type identifier interface {
	wire.PEID | wire.ServerID
	fmt.Stringer
}

// named returns the identifiers of a type in the attributes of a message. Function of returns the
// identifier of an entry of a pool.
func named[ID identifier](m *Message, of func(*wire.PoolElement) ID) (ids []ID) {
	for _, a := range m.attributes() {
		switch v := a.Value.Any().(type) {
		case ID:
			ids = append(ids, v)
		case wire.List[ID]:
			ids = append(ids, v...)
		case wire.List[enrpmsg.PoolEntry]:
			for i := range v {
				for j := range v[i].PoolElements {
					ids = append(ids, of(&v[i].PoolElements[j]))
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
