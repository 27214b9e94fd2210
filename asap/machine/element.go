package machine

import (
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/transport/scope"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// element is a pool element of a client.
type element struct {
	ref        Ref
	pool       wire.PoolHandle
	pe         wire.PoolElement
	interval   time.Duration
	renewAt    time.Time    // zero: not before something happens
	anyID      bool         // the client chooses the identifier
	redraws    int          // identifiers that turned out to be in use, in a row
	registered bool         // the home registrar has the element
	rejected   bool         // the newest registration was refused
	told       step.AssocID // the home at which the owner knows the element to be registered
	claimed    step.AssocID // over which an unknown registrar has last claimed the element
	contested  time.Time    // when a contest was last told, zero: never
	changed    bool         // since the last registration was sent
	request    *request     // the registration or deregistration under way, nil: none
}

// maxRedraws bounds the identifiers that are tried. Even two in a row that are in use do not
// happen by chance.
const maxRedraws = 8

// isMeant reports whether a keep-alive is for the element.
func (e *element) isMeant(m *asapmsg.EndpointKeepAlive) bool {
	return e.pool == m.PoolHandle && (m.PEID == 0 || m.PEID == e.pe.ID)
}

// isDue reports whether the time to register again has come.
func (e *element) isDue(now time.Time) bool { return !e.renewAt.IsZero() && !now.Before(e.renewAt) }

// isKnown reports whether a registrar may have the element.
func (e *element) isKnown() bool {
	return e.registered || e.request != nil && !e.request.deadline.IsZero()
}

// registration returns the present registration of the element at a home registrar.
func (e *element) registration(h *home) *asapmsg.Registration {
	m := &asapmsg.Registration{PoolHandle: e.pool, PoolElement: e.pe}
	m.PoolElement.HomeID = h.id
	// RSPLIB refuses an element with an address that it cannot use, or skips the address.
	// If no address is usable, the registrar is to say so.
	if usable := scope.Auto.Filter(e.pe.UserTransport.Addrs, scope.IsLocal(h.peer)); len(usable) > 0 {
		m.PoolElement.UserTransport.Addrs = usable
	}
	return m
}

// elements are the pool elements of a client.
type elements struct {
	serving []*element       // few: one for each pool that the program serves
	leaving map[Ref]*element // elements that are being deregistered
}

func newElements() elements { return elements{leaving: make(map[Ref]*element)} }

// find returns a serving element, nil if there is none.
func (s *elements) find(ref Ref) *element {
	i := slices.IndexFunc(s.serving, func(e *element) bool { return e.ref == ref })
	if i < 0 {
		return nil
	}
	return s.serving[i]
}

// hasID reports whether a serving element of a pool has an identifier.
func (s *elements) hasID(pool wire.PoolHandle, id wire.PEID) bool {
	return slices.ContainsFunc(s.serving, func(e *element) bool { return e.pool == pool && e.pe.ID == id })
}

// remove takes an element out of the serving elements.
func (s *elements) remove(e *element) {
	s.serving = slices.DeleteFunc(s.serving, func(x *element) bool { return x == e })
}

// deadline returns the time of the next registration, zero if none is due.
func (s *elements) deadline() (d time.Time) {
	for _, e := range s.serving {
		d = step.Earlier(d, e.renewAt)
	}
	return d
}
