package asap

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rserpool-go/rserpool/wire"
)

// registrars are the configured registrars, and the addresses of their names as last
// looked up. Any goroutine may use it.
type registrars struct {
	text     []string
	entries  []registrarEntry
	resolver hostResolver

	mu sync.Mutex // guards addrs of the hosts
}

type hostResolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// registrarEntry is an entry of [Config.Registrars].
type registrarEntry struct {
	hosts []registrarHost
	each  bool // each address is a registrar of its own
}

// registrarHost is an address, or a name that is looked up.
type registrarHost struct {
	name  string // empty: an address
	port  uint16
	addrs []netip.Addr // as known now
}

// parseRegistrars takes the entries of a configuration.
func parseRegistrars(texts []string, resolver hostResolver) (*registrars, error) {
	r := &registrars{text: texts, resolver: resolver}
	for _, text := range texts {
		e, err := parseRegistrar(text)
		if err != nil {
			return nil, fmt.Errorf("asap: registrar %q: %w", text, err)
		}
		r.entries = append(r.entries, e)
	}
	return r, nil
}

func parseRegistrar(text string) (e registrarEntry, err error) {
	rest, each := strings.CutPrefix(text, "dns:")
	e.each = each
	for s := range strings.SplitSeq(rest, ",") {
		h, err := parseRegistrarHost(strings.TrimSpace(s))
		if err != nil {
			return e, err
		}
		e.hosts = append(e.hosts, h)
	}
	port := uint16(0)
	for _, h := range e.hosts {
		if port != 0 && h.port != 0 && h.port != port {
			return e, fmt.Errorf("addresses of one registrar with the ports %d and %d", port, h.port)
		}
		port = cmp.Or(port, h.port)
	}
	for i := range e.hosts {
		e.hosts[i].port = cmp.Or(port, wire.PortASAP)
	}
	return e, nil
}

// parseRegistrarHost takes an address or a name, with or without a port.
func parseRegistrarHost(s string) (h registrarHost, err error) {
	if s == "" {
		return h, fmt.Errorf("an address is missing")
	}
	if p, err := netip.ParseAddrPort(s); err == nil && p.Port() != 0 {
		return registrarHost{addrs: []netip.Addr{p.Addr().Unmap()}, port: p.Port()}, nil
	}
	if a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")); err == nil {
		return registrarHost{addrs: []netip.Addr{a.Unmap()}}, nil
	}
	name, port := s, ""
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		name, port = s[:i], s[i+1:]
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return h, fmt.Errorf("%q is not a port", port)
		}
		h.port = uint16(n)
	}
	if name == "" || strings.ContainsAny(name, ":[]!/ ") || !strings.ContainsFunc(name, isLetter) {
		return h, fmt.Errorf("%q is neither an IP address nor a host name", name)
	}
	h.name = name
	return h, nil
}

func isLetter(r rune) bool { return 'a' <= r|0x20 && r|0x20 <= 'z' || r >= 0x80 }

// hasNames reports whether there is something to look up.
func (r *registrars) hasNames() bool {
	for _, e := range r.entries {
		for _, h := range e.hosts {
			if h.name != "" {
				return true
			}
		}
	}
	return false
}

// known returns the registrars whose addresses are known now.
func (r *registrars) known() [][]netip.AddrPort {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out [][]netip.AddrPort
	for _, e := range r.entries {
		addrs := e.addrs()
		switch {
		case len(addrs) == 0:
		case e.each:
			out = slices.AppendSeq(out, slices.Chunk(addrs, 1))
		default:
			out = append(out, addrs)
		}
	}
	return out
}

// addrs returns all addresses of an entry.
func (e *registrarEntry) addrs() (addrs []netip.AddrPort) {
	for _, h := range e.hosts {
		for _, a := range h.addrs {
			addrs = append(addrs, netip.AddrPortFrom(a, h.port))
		}
	}
	return addrs
}

// lookUp looks all names up. A name that does not resolve keeps its addresses.
func (r *registrars) lookUp(ctx context.Context) (err error) {
	for _, e := range r.entries {
		for i := range e.hosts {
			h := &e.hosts[i]
			if h.name == "" {
				continue
			}
			found, lookUpErr := r.resolver.LookupNetIP(ctx, "ip", h.name)
			if lookUpErr != nil {
				err = lookUpErr
				continue
			}
			addrs := make([]netip.Addr, len(found))
			for i, a := range found {
				addrs[i] = a.Unmap()
			}
			r.mu.Lock()
			h.addrs = addrs
			r.mu.Unlock()
		}
	}
	return err
}
