package handlespace

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/rserpool-go/rserpool/wire"
)

// Error says why a registration or resolution is refused.
type Error struct {
	// Cause is what to answer to the sender (RFC 5354, 3.12).
	Cause wire.ErrorCause
	// Err says it in words.
	Err error
}

// Error returns the reason.
func (e *Error) Error() string { return "handlespace: " + e.Err.Error() }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// ErrUnknownPool: there is no pool of the handle.
var ErrUnknownPool error = &Error{
	Cause: wire.ErrorCause{Code: wire.CauseUnknownPoolHandle},
	Err:   errors.New("unknown pool handle"),
}

var errFull error = &Error{
	Cause: wire.ErrorCause{Code: wire.CauseLackOfResources},
	Err:   errors.New("no room for more pool elements"),
}

// MaxAddrs is how many addresses a transport may have, and how many of a registrar count: as
// many as the deployed implementation takes.
const MaxAddrs = 64

// invalid returns an error for a value that is refused, with the parameter that has
// it.
func invalid(param []byte, err error) error {
	return &Error{Cause: wire.ErrorCause{Code: wire.CauseInvalidValues, Info: param}, Err: err}
}

// check decides whether pe may be registered in pool p, which is nil if there is none
// of the handle yet. It returns the pool's policy.
func (h *Handlespace) check(p *Pool, handle wire.PoolHandle, pe *wire.PoolElement) (*policy, error) {
	if p == nil && (len(handle) == 0 || len(handle) > wire.MaxPoolHandleLen) {
		param, _ := wire.RawParam{Type: wire.ParamPoolHandle, Value: []byte(handle)}.AppendBinary(nil)
		return nil, invalid(param, fmt.Errorf("pool handle of %d octets", len(handle)))
	}
	var policy *policy
	if p != nil && p.policy.typ == pe.Policy.Type {
		policy = p.policy
	} else if policy = policyOf(pe.Policy.Type); policy == nil {
		param, _ := pe.Policy.AppendBinary(nil)
		return nil, invalid(param, fmt.Errorf("unknown policy %v", pe.Policy.Type))
	}
	if pe.ID == 0 {
		return nil, invalid(elementParam(pe), errors.New("identifier 0"))
	}
	if p != nil && p.protocol != pe.UserTransport.Protocol {
		return nil, &Error{
			Cause: wire.ErrorCause{Code: wire.CauseInconsistentTransport, Info: p.encodedTransport()},
			Err:   fmt.Errorf("user transport is %v, that of the pool %v", pe.UserTransport.Protocol, p.protocol),
		}
	}
	if t := pe.ASAPTransport; t != nil {
		if err := checkTransport(t); err != nil {
			return nil, invalid(transportParam(t), fmt.Errorf("ASAP transport: %w", err))
		}
		if t.Protocol != wire.SCTP || t.Use != wire.DataOnly {
			return nil, invalid(transportParam(t), fmt.Errorf("ASAP transport: %v, %v", t.Protocol, t.Use))
		}
	}
	if err := checkTransport(&pe.UserTransport); err != nil {
		return nil, invalid(transportParam(&pe.UserTransport), fmt.Errorf("user transport: %w", err))
	}
	if p != nil && p.use != pe.UserTransport.Use {
		return nil, &Error{
			Cause: wire.ErrorCause{Code: wire.CauseInconsistentDataControl},
			Err:   fmt.Errorf("user transport is for %v, that of the pool for %v", pe.UserTransport.Use, p.use),
		}
	}
	if p != nil && policy != p.policy {
		return nil, &Error{
			Cause: wire.ErrorCause{Code: wire.CauseInconsistentPolicy, Info: bytes.Clone(p.EncodedPolicy())},
			Err:   fmt.Errorf("policy is %v, that of the pool %v", policy.typ, p.policy.typ),
		}
	}
	return policy, nil
}

func checkTransport(t *wire.Transport) error {
	switch {
	case t.Protocol == wire.Opaque:
		return nil
	case len(t.Addrs) == 0 || len(t.Addrs) > MaxAddrs:
		return fmt.Errorf("%d addresses", len(t.Addrs))
	case t.Port == 0:
		return errors.New("port 0")
	}
	return nil
}

// elementParam and transportParam return the parameter, or nil if it cannot be
// encoded.
func elementParam(pe *wire.PoolElement) []byte {
	b, _ := pe.AppendBinary(nil)
	return b
}

func transportParam(t *wire.Transport) []byte {
	b, _ := t.AppendBinary(nil)
	return b
}

// encodedTransport returns the user transport of the pool's oldest element.
func (p *Pool) encodedTransport() []byte {
	b := p.members.first().encoded[userTransportOffset:]
	return append([]byte(nil), b[:binary.BigEndian.Uint16(b[2:])]...)
}
