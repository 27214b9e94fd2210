package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rserpool-go/rserpool/apps/calcapp"
	"github.com/rserpool-go/rserpool/apps/fractal"
	"github.com/rserpool-go/rserpool/apps/pingpong"
	"github.com/rserpool-go/rserpool/apps/scripting"
	"github.com/rserpool-go/rserpool/tools/internal/dissect"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// filterFlags are the options that select messages.
type filterFlags struct {
	Protocol    protocols  `placeholder:"NAME,..." help:"Only messages of these protocols: asap, enrp, csp, fgp, pingpong, calcapp, ssp, echo, discard, daytime, chargen, data, sctp."`
	Type        types      `placeholder:"NAME,..." help:"Only messages of these types, such as ASAP_REGISTRATION or presence."`
	Pool        pools      `placeholder:"HANDLE" help:"Only messages that name this pool."`
	Element     elements   `placeholder:"ID,..." help:"Only messages that name one of these pool elements."`
	Registrar   registrars `placeholder:"ID,..." help:"Only messages that name one of these registrars."`
	Host        hosts      `placeholder:"ADDR,..." help:"Only messages from or to these addresses, or networks such as 10.1.0.0/16."`
	Port        ports      `placeholder:"N,..." help:"Only messages from or to these ports, for SCTP those of SCTP."`
	Association numbers    `placeholder:"N,..." help:"Only messages of these associations. --stats shows their numbers."`
	During      span       `placeholder:"FROM..TO" help:"Only messages of this time. Both ends may be left out, and are seconds since the first packet or times such as 2026-01-31T12:00:00Z or '2026-01-31 13:00:00'."`
	Not         exclusions `placeholder:"FILTER=VALUE" help:"No messages that the filter selects, such as --not=type=presence. The option may be repeated."`
}

// A condition selects messages.
type condition interface {
	matches(m *message) bool
}

// filter decides which messages are shown. The zero value lets all pass.
type filter struct {
	wanted   []condition // which a message must match, each of them
	unwanted []condition // of which a message must match none
}

// passes reports whether a message is shown.
func (f *filter) passes(m *message) bool {
	for _, c := range f.wanted {
		if !c.matches(m) {
			return false
		}
	}
	for _, c := range f.unwanted {
		if c.matches(m) {
			return false
		}
	}
	return true
}

// filter returns the filter of the options.
func (f *filterFlags) filter() filter {
	out := filter{unwanted: f.Not}
	add := func(set bool, c condition) {
		if set {
			out.wanted = append(out.wanted, c)
		}
	}
	add(len(f.Protocol) > 0, f.Protocol)
	add(len(f.Type) > 0, f.Type)
	add(len(f.Host) > 0, f.Host)
	add(len(f.Port) > 0, f.Port)
	add(len(f.Association) > 0, f.Association)
	add(f.During != span{}, f.During)
	add(len(f.Pool) > 0, f.Pool)
	add(len(f.Element) > 0, f.Element)
	add(len(f.Registrar) > 0, f.Registrar)
	return out
}

// hasAssociations reports whether a filter needs the numbers of associations.
func (f *filter) hasAssociations() bool {
	return slices.ContainsFunc(slices.Concat(f.wanted, f.unwanted), func(c condition) bool {
		_, ok := c.(numbers)
		return ok
	})
}

// exclusions are conditions that no message may match.
type exclusions []condition

// UnmarshalText reads the name of a filter and its value, with = between.
func (e *exclusions) UnmarshalText(text []byte) error {
	name, value, found := strings.Cut(string(text), "=")
	if !found {
		return fmt.Errorf("%q is not a filter with a value, such as type=presence", text)
	}
	c, err := parseCondition(name, []byte(value))
	if err != nil {
		return err
	}
	*e = append(*e, c)
	return nil
}

// parseCondition returns the condition of a filter with a value.
func parseCondition(name string, value []byte) (c condition, err error) {
	switch name {
	case "protocol":
		return parseAs[protocols](value)
	case "type":
		return parseAs[types](value)
	case "pool":
		return parseAs[pools](value)
	case "element":
		return parseAs[elements](value)
	case "registrar":
		return parseAs[registrars](value)
	case "host":
		return parseAs[hosts](value)
	case "port":
		return parseAs[ports](value)
	case "association":
		return parseAs[numbers](value)
	case "during":
		return parseAs[span](value)
	}
	return nil, fmt.Errorf("no filter %q: protocol, type, pool, element, registrar, host, port, association, during", name)
}

// parseAs reads a condition of type C.
func parseAs[C condition, P interface {
	*C
	UnmarshalText(text []byte) error
}](value []byte) (condition, error) {
	var c C
	err := P(&c).UnmarshalText(value)
	return c, err
}

func (p protocols) matches(m *message) bool { return slices.Contains(p, m.Protocol) }

func (t types) matches(m *message) bool { return slices.Contains(t, m.Name) }

// pools are the handles of pools.
type pools []wire.PoolHandle

// UnmarshalText takes a handle, which may have any characters.
func (p *pools) UnmarshalText(text []byte) error {
	*p = append(*p, wire.PoolHandle(text))
	return nil
}

func (p pools) matches(m *message) bool { return intersects(p, m.Pools()) }

// intersects reports whether two lists have an item in common.
func intersects[T comparable](a, b []T) bool {
	return slices.ContainsFunc(a, func(item T) bool { return slices.Contains(b, item) })
}

// protocols are names of protocols, with commas between them, in any case.
type protocols []dissect.Protocol

// UnmarshalText reads the names.
func (p *protocols) UnmarshalText(text []byte) error {
	for name := range strings.SplitSeq(string(text), ",") {
		i := slices.IndexFunc(dissect.Protocols(), func(known dissect.Protocol) bool {
			return strings.EqualFold(string(known), name)
		})
		if i < 0 {
			return fmt.Errorf("no protocol %q", name)
		}
		*p = append(*p, dissect.Protocols()[i])
	}
	return nil
}

// types are names of messages, with commas between them, with or without the protocol
// in front, in any case, with - or _ between words.
type types []string

// UnmarshalText reads the names. A name without protocol may stand for messages of
// several.
func (t *types) UnmarshalText(text []byte) error {
	for name := range strings.SplitSeq(string(text), ",") {
		name := strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		found := false
		for _, known := range messageNames() {
			_, short, _ := strings.Cut(known, "_")
			if name == known || name == short && name != "" {
				*t = append(*t, known)
				found = true
			}
		}
		if !found {
			return fmt.Errorf("no message type %q", name)
		}
	}
	return nil
}

// messageNames returns the names of all messages.
func messageNames() []string {
	names := []string{"CSP_REPORT", "ECHO_DATA", "DISCARD_DATA", "DAYTIME_DATA", "CHARGEN_DATA", "DATA", "SCTP_PACKET"}
	for i := range uint8(0x10) {
		for _, t := range []fmt.Stringer{
			asapmsg.Type(i), enrpmsg.Type(i), fractal.Type(i), pingpong.Type(i), calcapp.Type(i), scripting.Type(i),
		} {
			if name := t.String(); !strings.Contains(name, "(") { // not a number
				names = append(names, name)
			}
		}
	}
	return names
}
