package service

import (
	"bytes"
	"errors"

	"github.com/rserpool-go/rserpool/asap/cookie"
)

// A Seal protects the states of sessions, which travel through the hands of users. Nil is no
// protection: states travel as they are, which is how RSPLIB sends them.
type Seal struct{ codec *cookie.Codec[state] }

// state is an encoded state.
type state []byte

// AppendBinary appends the state. It does not fail.
func (s *state) AppendBinary(b []byte) ([]byte, error) { return append(b, *s...), nil }

// UnmarshalBinary copies a state. It does not fail.
func (s *state) UnmarshalBinary(b []byte) error {
	*s = bytes.Clone(b)
	return nil
}

// NewSeal returns a seal. The first key seals, and all keys open. The name of the service and the
// pool keep sealed states of other services and pools apart.
func NewSeal(keys []cookie.Key, name, pool string) (*Seal, error) {
	if len(keys) == 0 {
		return nil, errors.New("no key for the states of sessions")
	}
	codec, err := cookie.New[state](cookie.Config{Key: keys[0], Accept: keys[1:], Context: name + " in " + pool})
	if err != nil {
		return nil, err
	}
	return &Seal{codec}, nil
}

func (s *Seal) seal(octets []byte) ([]byte, error) {
	if s == nil {
		return octets, nil
	}
	return s.codec.Seal(octets)
}

func (s *Seal) open(octets []byte) ([]byte, error) {
	if s == nil {
		return octets, nil
	}
	return s.codec.Open(octets)
}
