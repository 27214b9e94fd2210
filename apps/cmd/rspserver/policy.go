package main

import (
	"errors"
	"strings"

	"github.com/rserpool-go/rserpool/wire"
)

// policy is a policy on a command line.
type policy struct{ wire.Policy }

// UnmarshalText takes the name of a policy and its values.
func (p *policy) UnmarshalText(text []byte) (err error) {
	if p.Policy, err = wire.ParsePolicyText(string(text)); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "wire: "))
	}
	return nil
}
