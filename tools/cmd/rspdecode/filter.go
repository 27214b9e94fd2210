package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rserpool-go/rserpool/apps/calcapp"
	"github.com/rserpool-go/rserpool/apps/fractal"
	"github.com/rserpool-go/rserpool/apps/pingpong"
	"github.com/rserpool-go/rserpool/apps/scripting"
	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/tools/internal/dissect"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// filter says which messages are shown. The zero value lets all pass.
type filter struct {
	protocols protocols
	types     types
	pool      string
}

func (f *filter) passes(r *decode.Record) bool {
	switch {
	case len(f.protocols) > 0 && !slices.Contains(f.protocols, r.Protocol):
		return false
	case len(f.types) > 0 && !slices.Contains(f.types, r.Name):
		return false
	}
	return f.pool == "" || slices.Contains(r.Pools(), wire.PoolHandle(f.pool))
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
