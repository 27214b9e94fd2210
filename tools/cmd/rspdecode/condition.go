package main

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/wire"
)

// parseList reads a list with commas between its items.
func parseList[T any](list []T, text []byte, parse func(string) (T, error)) ([]T, error) {
	for item := range strings.SplitSeq(string(text), ",") {
		v, err := parse(item)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// parseID reads an identifier of 32 bits.
func parseID[T ~uint32](text string) (T, error) {
	var id cli.ID
	err := id.UnmarshalText([]byte(text))
	return T(id), err
}

// elements are pool elements.
type elements []wire.PEID

// UnmarshalText reads identifiers.
func (e *elements) UnmarshalText(text []byte) (err error) {
	*e, err = parseList(*e, text, parseID[wire.PEID])
	return err
}

func (e elements) matches(m *message) bool { return intersects(e, m.Elements()) }

// registrars are registrars.
type registrars []wire.ServerID

// UnmarshalText reads identifiers.
func (r *registrars) UnmarshalText(text []byte) (err error) {
	*r, err = parseList(*r, text, parseID[wire.ServerID])
	return err
}

func (r registrars) matches(m *message) bool { return intersects(r, m.Registrars()) }

// hosts are networks. An address is a network of its own.
type hosts []netip.Prefix

// UnmarshalText reads addresses and networks.
func (h *hosts) UnmarshalText(text []byte) (err error) {
	*h, err = parseList(*h, text, func(item string) (netip.Prefix, error) {
		if a, err := netip.ParseAddr(item); err == nil {
			return netip.PrefixFrom(a, a.BitLen()), nil
		}
		p, err := netip.ParsePrefix(item)
		if err != nil {
			return p, fmt.Errorf("%q is neither an address nor a network such as 10.1.0.0/16", item)
		}
		return p, nil
	})
	return err
}

func (h hosts) matches(m *message) bool {
	return slices.ContainsFunc(h, func(p netip.Prefix) bool {
		return p.Contains(m.Src.Addr()) || p.Contains(m.Dst.Addr())
	})
}

// ports are port numbers.
type ports []uint16

// UnmarshalText reads numbers.
func (p *ports) UnmarshalText(text []byte) (err error) {
	*p, err = parseList(*p, text, func(item string) (uint16, error) {
		n, err := strconv.ParseUint(item, 10, 16)
		if err != nil {
			return 0, fmt.Errorf("%q is not a port", item)
		}
		return uint16(n), nil
	})
	return err
}

func (p ports) matches(m *message) bool {
	return slices.Contains(p, m.Src.Port()) || slices.Contains(p, m.Dst.Port())
}

// numbers are numbers of associations.
type numbers []int

// UnmarshalText reads numbers.
func (n *numbers) UnmarshalText(text []byte) (err error) {
	*n, err = parseList(*n, text, func(item string) (int, error) {
		v, err := strconv.Atoi(item)
		if err != nil || v < 1 {
			return 0, fmt.Errorf("%q is not the number of an association", item)
		}
		return v, nil
	})
	return err
}

func (n numbers) matches(m *message) bool {
	return m.association != nil && slices.Contains(n, m.association.Note.number)
}

// span is a part of the capture. Both ends belong to it.
type span struct{ from, to moment }

// moment is a time, or a time since the first packet. The zero value stands for an open end.
type moment struct {
	at    time.Time
	since time.Duration
	isSet bool
}

// UnmarshalText reads both ends with .. between.
func (s *span) UnmarshalText(text []byte) error {
	from, to, found := strings.Cut(string(text), "..")
	if !found || from == "" && to == "" {
		return fmt.Errorf("%q is not a time such as 1.5..3, 10.. or ..20", text)
	}
	var err error
	if s.from, err = parseMoment(from); err != nil {
		return err
	}
	s.to, err = parseMoment(to)
	return err
}

// timeForms are forms of times. Times without a zone are local times, as in text.
var timeForms = []string{time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05"}

func parseMoment(text string) (moment, error) {
	if text == "" {
		return moment{}, nil
	}
	var since cli.Seconds
	if err := since.UnmarshalText([]byte(text)); err == nil {
		return moment{since: since.Duration(), isSet: true}, nil
	}
	for _, form := range timeForms {
		if t, err := time.ParseInLocation(form, text, time.Local); err == nil {
			return moment{at: t, isSet: true}, nil
		}
	}
	return moment{}, fmt.Errorf("%q is neither a number of seconds nor a time such as 2026-01-31T12:00:00Z", text)
}

func (s span) matches(m *message) bool {
	if m.Time.IsZero() {
		return false
	}
	return (!s.from.isSet || s.from.compare(m) <= 0) && (!s.to.isSet || s.to.compare(m) >= 0)
}

// compare returns -1 if the moment is before the message, 0 if both are at the same time, and 1 if the
// moment is after the message.
func (t moment) compare(m *message) int {
	if !t.at.IsZero() {
		return t.at.Compare(m.Time)
	}
	return cmp.Compare(t.since, m.Since)
}
