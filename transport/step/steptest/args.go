package steptest

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Args are the arguments of a command: words by position, flags among them, and
// name=value in any order. The first mistake is kept in Err, and the methods go on with zero
// values.
type Args struct {
	words []string
	named map[string]string
	Err   error
}

// ParseArgs splits the words behind the name of a command.
func ParseArgs(words []string) *Args {
	a := &Args{named: make(map[string]string)}
	for _, w := range words {
		if name, value, ok := strings.Cut(w, "="); ok {
			a.named[name] = value
		} else {
			a.words = append(a.words, w)
		}
	}
	return a
}

// Fail keeps an error, unless there is one.
func (a *Args) Fail(err error) {
	if a.Err == nil {
		a.Err = err
	}
}

// Finish returns the first error. Words that are left are an error.
func (a *Args) Finish() error {
	if a.Err == nil && a.More() {
		a.Fail(fmt.Errorf("too many words: %v", a.words))
	}
	return a.Err
}

// More reports whether words are left.
func (a *Args) More() bool { return len(a.words) > 0 }

// Next takes the next word by position.
func (a *Args) Next() string {
	if !a.More() {
		a.Fail(errors.New("a word is missing"))
		return ""
	}
	w := a.words[0]
	a.words = a.words[1:]
	return w
}

// Flag takes the next word if it is the name of the flag, and reports whether it is.
func (a *Args) Flag(name string) bool {
	if a.More() && a.words[0] == name {
		a.words = a.words[1:]
		return true
	}
	return false
}

// Number converts a word, such as 7 or 0x7.
func (a *Args) Number(s string) uint32 {
	n, err := strconv.ParseUint(s, 0, 32)
	if err != nil {
		a.Fail(err)
	}
	return uint32(n)
}

// NextNumber takes the next word as a number.
func (a *Args) NextNumber() uint32 { return a.Number(a.Next()) }

// Addrs takes the rest of the words as addresses with ports.
func (a *Args) Addrs() []netip.AddrPort {
	var out []netip.AddrPort
	for a.More() {
		p, err := netip.ParseAddrPort(a.Next())
		if err != nil {
			a.Fail(err)
		}
		out = append(out, p)
	}
	return out
}

// Named returns the value of a name.
func (a *Args) Named(name string) (value string, ok bool) {
	value, ok = a.named[name]
	return value, ok
}

// List returns the value of a name, split at commas; nil if the name is absent.
func (a *Args) List(name string) []string {
	s, ok := a.named[name]
	if !ok {
		return nil
	}
	return strings.Split(s, ",")
}

// NamedNumber returns the value of a name as a number.
func (a *Args) NamedNumber(name string, otherwise uint32) uint32 {
	if s, ok := a.named[name]; ok {
		return a.Number(s)
	}
	return otherwise
}

// Duration returns the value of a name as a duration.
func (a *Args) Duration(name string, otherwise time.Duration) time.Duration {
	s, ok := a.named[name]
	if !ok {
		return otherwise
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		a.Fail(err)
	}
	return d
}
