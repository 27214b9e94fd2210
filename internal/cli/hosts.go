package cli

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
)

// Hosts is a list of addresses and names of one host, such as registrar.example:3863,10.1.0.1. All
// have the port of the first entry. Names are checked for their spelling and not looked up, so
// a name that does not resolve yet is no mistake.
type Hosts struct {
	prefix string // "dns:", or nothing
	names  []string
	port   uint16 // 0: not given
}

// UnmarshalText takes the spelling of [Addrs], optionally after dns:, which stands for
// a host at each address of the names.
func (h *Hosts) UnmarshalText(text []byte) error {
	*h = Hosts{}
	list := string(text)
	if rest, ok := strings.CutPrefix(list, "dns:"); ok {
		h.prefix, list = "dns:", rest
	}
	for s := range strings.SplitSeq(list, ",") {
		entry, err := parseHost(s)
		if err != nil {
			return err
		}
		if len(h.names) == 0 {
			h.port = entry.port
			if entry.name == "dns" && h.prefix == "" {
				return fmt.Errorf("address %q: dns is a prefix; write the full name of the host", s)
			}
		}
		if !slices.Contains(h.names, entry.name) {
			h.names = append(h.names, entry.name)
		}
	}
	return nil
}

// WithPort returns the list as text, with port where none was given.
func (h Hosts) WithPort(port uint16) string {
	if h.port != 0 {
		port = h.port
	}
	entries := make([]string, len(h.names))
	for i, name := range h.names {
		entries[i] = net.JoinHostPort(name, strconv.Itoa(int(port)))
	}
	return h.prefix + strings.Join(entries, ",")
}
