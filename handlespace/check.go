package handlespace

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/rserpool-go/rserpool/wire"
)

// Error is the reason why a registration or a resolution is refused.
type Error struct {
	// Cause is the error cause for the answer to the sender (RFC 5354, 3.12).
	Cause wire.ErrorCause
	// Err is the reason in words.
	Err error
}

// Error returns the reason.
func (e *Error) Error() string { return "handlespace: " + e.Err.Error() }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// ErrUnknownPool is the error for a handle that no pool has.
var ErrUnknownPool error = &Error{
	Cause: wire.ErrorCause{Code: wire.CauseUnknownPoolHandle},
	Err:   errors.New("unknown pool handle"),
}

var errFull error = &Error{
	Cause: wire.ErrorCause{Code: wire.CauseLackOfResources},
	Err:   errors.New("no room for more pool elements"),
}

var errNoOctets error = &Error{
	Cause: wire.ErrorCause{Code: wire.CauseLackOfResources},
	Err:   errors.New("no room for more octets of pool elements"),
}

// MaxElementLen is the maximum length of a Pool Element parameter with its ASAP transport and
// its padding, in octets. Two transports with [MaxAddrs] IPv6 addresses each leave more than
// 1,400 octets for the policy and for unknown parameters. Every element thus fits into all
// messages that contain it, and takes a small part of them (ADR 0008, F3).
const MaxElementLen = 4096

// MaxAddrs is the maximum number of addresses of a transport. Of the addresses of a
// registrar, only the first MaxAddrs count. RSPLIB has the same limits.
const MaxAddrs = 64

// newInvalidError returns the error for a refused value. param is the parameter that
// contains the value, nil if none is to be reported.
func newInvalidError(param []byte, err error) error {
	return &Error{Cause: wire.ErrorCause{Code: wire.CauseInvalidValues, Info: param}, Err: err}
}

// check returns the policy of the pool if pe may be registered in it, and an *[Error]
// otherwise. p is the pool of the handle, nil if there is no such pool yet.
func (h *Handlespace) check(p *Pool, handle wire.PoolHandle, pe *wire.PoolElement) (*policy, error) {
	if p == nil && (len(handle) == 0 || len(handle) > wire.MaxPoolHandleLen) {
		param, _ := wire.RawParam{Type: wire.ParamPoolHandle, Value: []byte(handle)}.AppendBinary(nil)
		return nil, newInvalidError(param, fmt.Errorf("pool handle of %d octets", len(handle)))
	}
	var policy *policy
	if p != nil && p.policy.typ == pe.Policy.Type {
		policy = p.policy
	} else if policy = policyOf(pe.Policy.Type); policy == nil {
		param, _ := pe.Policy.AppendBinary(nil)
		return nil, newInvalidError(param, fmt.Errorf("unknown policy %v", pe.Policy.Type))
	}
	if pe.ID == 0 {
		return nil, newInvalidError(encodeElement(pe), errors.New("identifier 0"))
	}
	if p != nil && p.protocol != pe.UserTransport.Protocol {
		return nil, &Error{
			Cause: wire.ErrorCause{Code: wire.CauseInconsistentTransport, Info: p.cloneTransport()},
			Err:   fmt.Errorf("user transport is %v, the pool has %v", pe.UserTransport.Protocol, p.protocol),
		}
	}
	if t := pe.ASAPTransport; t != nil {
		if err := checkTransport(t); err != nil {
			return nil, newInvalidError(encodeTransport(t), fmt.Errorf("ASAP transport: %w", err))
		}
		if t.Protocol != wire.SCTP || t.Use != wire.DataOnly {
			return nil, newInvalidError(encodeTransport(t), fmt.Errorf("ASAP transport: %v, %v", t.Protocol, t.Use))
		}
	}
	if err := checkTransport(&pe.UserTransport); err != nil {
		return nil, newInvalidError(encodeTransport(&pe.UserTransport), fmt.Errorf("user transport: %w", err))
	}
	if p != nil && p.use != pe.UserTransport.Use {
		return nil, &Error{
			Cause: wire.ErrorCause{Code: wire.CauseInconsistentDataControl},
			Err:   fmt.Errorf("user transport is for %v, the pool is for %v", pe.UserTransport.Use, p.use),
		}
	}
	if p != nil && policy != p.policy {
		return nil, &Error{
			Cause: wire.ErrorCause{Code: wire.CauseInconsistentPolicy, Info: bytes.Clone(p.EncodedPolicy())},
			Err:   fmt.Errorf("policy is %v, the pool has %v", policy.typ, p.policy.typ),
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

// encodeElement returns the Pool Element parameter, or nil if encoding fails.
func encodeElement(pe *wire.PoolElement) []byte {
	b, _ := pe.AppendBinary(nil)
	return b
}

// encodeTransport returns the transport parameter, or nil if encoding fails.
func encodeTransport(t *wire.Transport) []byte {
	b, _ := t.AppendBinary(nil)
	return b
}

// cloneTransport returns a copy of the user transport parameter of the oldest element,
// without padding.
func (p *Pool) cloneTransport() []byte {
	b := p.members.first().encoded[userTransportOffset:]
	return bytes.Clone(b[:binary.BigEndian.Uint16(b[2:])])
}
