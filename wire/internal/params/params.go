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
	Transports   *[]wire.Transport
	Server       **wire.ServerInformation
	Servers      *[]wire.ServerInformation
	Checksum     *uint16
	Cookie       *[]byte
	Items        *uint32
	Causes       *[]wire.ErrorCause
	Unknown      *[]wire.RawParam

	// Required are the types that must be there.
	Required []wire.ParamType

	seen [wire.ParamOpaqueTransport + 1]bool // which types have come, by slot
}

// Parse decodes the parameters in body, which is at offset base of the message.
func (s *Set) Parse(body []byte, base int) error {
	for p, err := range wire.ParamsAt(body, base) {
		if err != nil {
			return err
		}
		known, err := s.param(p)
		if err != nil {
			return err
		}
		if !known {
			*s.Unknown = append(*s.Unknown, p.Retain())
		}
	}
	for _, t := range s.Required {
		if !s.Has(t) {
			return &wire.SyntaxError{Offset: base + len(body), Param: t, Err: wire.ErrMissingParam}
		}
	}
	return nil
}

// Has reports whether a parameter of the type was decoded.
func (s *Set) Has(t wire.ParamType) bool { return s.seen[slot(t)] }

// param decodes p if the message has a place for it.
func (s *Set) param(p wire.RawParam) (known bool, err error) {
	switch p.Type {
	case wire.ParamPoolElement:
		return s.element(p)
	case wire.ParamServerInformation:
		return s.server(p)
	case wire.ParamSCTPTransport, wire.ParamTCPTransport, wire.ParamUDPTransport,
		wire.ParamDCCPTransport, wire.ParamUDPLiteTransport, wire.ParamOpaqueTransport:
		return appendTo(s.Transports, p, wire.ParseTransport)
	case wire.ParamPoolHandle:
		return once(s, s.PoolHandle, p, wire.ParsePoolHandle)
	case wire.ParamPEIdentifier:
		return once(s, s.PEID, p, wire.ParsePEID)
	case wire.ParamPolicy:
		return once(s, s.Policy, p, parsePolicy)
	case wire.ParamPEChecksum:
		return once(s, s.Checksum, p, wire.ParseChecksum)
	case wire.ParamCookie:
		return once(s, s.Cookie, p, wire.ParseCookie)
	case wire.ParamOperationError:
		return once(s, s.Causes, p, wire.ParseOperationError)
	case wire.ParamHandleResolutionOption:
		return once(s, s.Items, p, wire.ParseItems)
	}
	return false, nil
}

func (s *Set) element(p wire.RawParam) (bool, error) {
	if s.PoolElements != nil {
		s.seen[slot(p.Type)] = true
		return appendTo(s.PoolElements, p, wire.ParsePoolElement)
	}
	return once(s, s.PoolElement, p, wire.ParsePoolElement)
}

func (s *Set) server(p wire.RawParam) (bool, error) {
	if s.Servers != nil {
		return appendTo(s.Servers, p, wire.ParseServerInformation)
	}
	return once(s, s.Server, p, parseServer)
}

// once decodes a parameter that may stand once.
func once[T any](s *Set, to *T, p wire.RawParam, parse func(wire.RawParam) (T, error)) (known bool, err error) {
	if to == nil {
		return false, nil
	}
	if s.seen[slot(p.Type)] {
		return true, p.Fail(0, wire.ErrDuplicateParam)
	}
	s.seen[slot(p.Type)] = true
	*to, err = parse(p)
	return true, err
}

// appendTo decodes a parameter that may stand any number of times.
func appendTo[T any](to *[]T, p wire.RawParam, parse func(wire.RawParam) (T, error)) (known bool, err error) {
	if to == nil {
		return false, nil
	}
	v, err := parse(p)
	if err != nil {
		return true, err
	}
	*to = append(*to, v)
	return true, nil
}

// slot returns the place of a type in Set.seen. The Handle Resolution Option has that
// of the reserved type 0.
func slot(t wire.ParamType) int {
	if t == wire.ParamHandleResolutionOption {
		return 0
	}
	return int(t)
}

func parsePolicy(p wire.RawParam) (*wire.Policy, error) {
	v, err := wire.ParsePolicy(p)
	return &v, err
}

func parseServer(p wire.RawParam) (*wire.ServerInformation, error) {
	v, err := wire.ParseServerInformation(p)
	return &v, err
}
