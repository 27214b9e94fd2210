// Package params decodes the parameters of a message into its struct: one loop for
// all messages.
package params

import (
	"github.com/rserpool-go/rserpool/wire"
)

// Set says which parameters a message has: each field points to where a parameter
// goes, and is nil where the message has none of the kind.
type Set struct {
	PoolHandle   *wire.PoolHandle
	PoolElement  *wire.PoolElement
	PoolElements *[]wire.PoolElement
	PEID         *wire.PEID
	Policy       **wire.Policy
	Transports   *[]wire.Transport // of SCTP and TCP
	Server       **wire.ServerInformation
	Servers      *[]wire.ServerInformation
	Checksum     *uint16
	Cookie       *[]byte
	Items        *uint32
	Causes       *[]wire.ErrorCause
	Unknown      *[]wire.RawParam

	// Required are the types that must be there.
	Required []wire.ParamType

	seen uint32 // which types have come, by slot
}

// Parse decodes the parameters in body, which is at offset base of the message.
func (s *Set) Parse(body []byte, base int) error {
	w := wire.Walk(body, base)
	for w.Next() {
		known, err := s.param(&w)
		if err != nil {
			return err
		}
		if !known {
			*s.Unknown = w.Retain(*s.Unknown)
		}
	}
	if err := w.Err(); err != nil {
		return err
	}
	for _, t := range s.Required {
		if !s.Has(t) {
			return &wire.SyntaxError{Offset: base + len(body), Param: t, Err: wire.ErrMissingParam}
		}
	}
	return nil
}

// Has reports whether a parameter of the type was decoded.
func (s *Set) Has(t wire.ParamType) bool { return s.seen&slot(t) != 0 }

// slot returns the bit of a type in Set.seen. The Handle Resolution Option has that
// of the reserved type 0.
func slot(t wire.ParamType) uint32 {
	if t == wire.ParamHandleResolutionOption {
		return 1
	}
	return 1 << t
}

// param decodes the walker's parameter if the message has a place for it.
func (s *Set) param(w *wire.Walker) (known bool, err error) {
	p := w.Param
	if !s.wants(p.Type) {
		return false, nil
	}
	if s.Has(p.Type) && !s.repeats(p.Type) {
		return true, p.Repeated()
	}
	s.seen |= slot(p.Type)
	switch p.Type {
	case wire.ParamPoolHandle:
		*s.PoolHandle, err = wire.ParsePoolHandle(p)
	case wire.ParamPEIdentifier:
		*s.PEID, err = wire.ParsePEID(p)
	case wire.ParamPoolElement:
		err = s.element(w).Parse(p)
	case wire.ParamPolicy:
		*s.Policy = new(wire.Policy)
		err = (*s.Policy).Parse(p)
	case wire.ParamServerInformation:
		err = s.server(w).Parse(p)
	case wire.ParamPEChecksum:
		*s.Checksum, err = wire.ParseChecksum(p)
	case wire.ParamCookie:
		*s.Cookie, err = wire.ParseCookie(p)
	case wire.ParamOperationError:
		*s.Causes, err = wire.ParseOperationError(p)
	case wire.ParamHandleResolutionOption:
		*s.Items, err = wire.ParseItems(p)
	default:
		err = extend(s.Transports, w).Parse(p)
	}
	return true, err
}

// wants reports whether the message has a place for parameters of a type.
func (s *Set) wants(t wire.ParamType) bool {
	switch t {
	case wire.ParamPoolHandle:
		return s.PoolHandle != nil
	case wire.ParamPEIdentifier:
		return s.PEID != nil
	case wire.ParamPoolElement:
		return s.PoolElement != nil || s.PoolElements != nil
	case wire.ParamPolicy:
		return s.Policy != nil
	case wire.ParamServerInformation:
		return s.Server != nil || s.Servers != nil
	case wire.ParamPEChecksum:
		return s.Checksum != nil
	case wire.ParamCookie:
		return s.Cookie != nil
	case wire.ParamOperationError:
		return s.Causes != nil
	case wire.ParamHandleResolutionOption:
		return s.Items != nil
	case wire.ParamSCTPTransport, wire.ParamTCPTransport:
		return s.Transports != nil
	}
	return false
}

// repeats reports whether a parameter that the message wants may stand several times.
func (s *Set) repeats(t wire.ParamType) bool {
	switch t {
	case wire.ParamPoolElement:
		return s.PoolElements != nil
	case wire.ParamServerInformation:
		return s.Servers != nil
	}
	return t == wire.ParamSCTPTransport || t == wire.ParamTCPTransport
}

// element returns where the walker's Pool Element goes.
func (s *Set) element(w *wire.Walker) *wire.PoolElement {
	if s.PoolElements == nil {
		return s.PoolElement
	}
	return extend(s.PoolElements, w)
}

// server returns where the walker's Server Information goes.
func (s *Set) server(w *wire.Walker) *wire.ServerInformation {
	if s.Servers == nil {
		*s.Server = new(wire.ServerInformation)
		return *s.Server
	}
	return extend(s.Servers, w)
}

// extend makes the list one longer and returns the new item. The first time it makes
// room for all parameters of the type that follow.
func extend[T any](list *[]T, w *wire.Walker) *T {
	if *list == nil {
		*list = make([]T, 0, w.Count())
	}
	var zero T
	*list = append(*list, zero)
	return &(*list)[len(*list)-1]
}
