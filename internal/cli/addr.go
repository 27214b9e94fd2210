package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Addrs is a list of addresses of one host, such as 10.0.0.1:3863,10.1.0.1. All have the port of
// the first address.
type Addrs []netip.AddrPort

// UnmarshalText takes addresses separated by commas. Each is an IP address or a host name,
// optionally followed by :port or !port. An IPv6 address followed by :port is in brackets.
// Repeated addresses are left out.
func (a *Addrs) UnmarshalText(text []byte) error {
	*a = nil
	for s := range strings.SplitSeq(string(text), ",") {
		p, err := lookUpAddr(s)
		if err != nil {
			return err
		}
		if len(*a) > 0 {
			p = netip.AddrPortFrom(p.Addr(), (*a)[0].Port())
		}
		if !slices.Contains(*a, p) {
			*a = append(*a, p)
		}
	}
	return nil
}

// String returns the addresses separated by commas.
func (a Addrs) String() string {
	var b strings.Builder
	for i, p := range a {
		if i > 0 {
			b.WriteString(", ")
		}
		if p.Port() == 0 {
			b.WriteString(p.Addr().String())
		} else {
			b.WriteString(p.String())
		}
	}
	return b.String()
}

// WithPort returns the addresses, with port where none was given.
func (a Addrs) WithPort(port uint16) []netip.AddrPort {
	out := make([]netip.AddrPort, len(a))
	for i, p := range a {
		if p.Port() == 0 {
			p = netip.AddrPortFrom(p.Addr(), port)
		}
		out[i] = p
	}
	return out
}

// host is an address or a host name, as written by the user.
type host struct {
	name string     // the address as text, or the host name
	addr netip.Addr // not valid: name is a host name
	port uint16     // 0: not given
}

// parseHost splits a text and checks the spelling of the address or the host name.
func parseHost(s string) (host, error) {
	name, port, err := splitPort(s)
	if err != nil {
		return host{}, fmt.Errorf("address %q: %w", s, err)
	}
	if addr, err := netip.ParseAddr(name); err == nil {
		addr = addr.Unmap()
		return host{name: addr.String(), addr: addr, port: port}, nil
	}
	if !isHostName(name) {
		return host{}, fmt.Errorf("address %q: %q is neither an IP address nor a host name", s, name)
	}
	return host{name: name, port: port}, nil
}

// lookUpTimeout limits the look-up of a host name.
const lookUpTimeout = 10 * time.Second

// lookUpAddr returns the address that a text spells. A host name is looked up.
func lookUpAddr(s string) (netip.AddrPort, error) {
	h, err := parseHost(s)
	if err != nil {
		return netip.AddrPort{}, err
	}
	if h.addr.IsValid() {
		return netip.AddrPortFrom(h.addr, h.port), nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookUpTimeout)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", h.name)
	if err != nil {
		reason := err.Error()
		if dns, ok := errors.AsType[*net.DNSError](err); ok {
			reason = dns.Err // Without the name, the server and the protocol.
		}
		return netip.AddrPort{}, fmt.Errorf("address %q: %s", s, reason)
	}
	return netip.AddrPortFrom(addrs[0].Unmap(), h.port), nil
}

// isHostName reports whether s can be a host name. Digits and dots alone are an address with a
// mistake.
func isHostName(s string) bool {
	hasLetter := false
	for _, r := range s {
		switch {
		case r == '-' || r == '_' || r == '.' || '0' <= r && r <= '9':
		case 'a' <= r|0x20 && r|0x20 <= 'z' || r >= 0x80 && unicode.IsLetter(r):
			hasLetter = true
		default:
			return false
		}
	}
	return hasLetter
}

var (
	errPort     = errors.New("port is not a number from 0 to 65535")
	errBrackets = errors.New("brackets are for an IPv6 address, such as [2001:db8::1]:3863")
)

// splitPort splits host:port, host!port and [host]:port. A missing port is 0.
func splitPort(s string) (host string, port uint16, err error) {
	if inner, ok := strings.CutPrefix(s, "["); ok {
		inner, rest, ok := strings.Cut(inner, "]")
		addr, err := netip.ParseAddr(inner)
		if !ok || err != nil || !addr.Is6() || rest != "" && rest[0] != ':' && rest[0] != '!' {
			return "", 0, errBrackets
		}
		if rest != "" {
			port, err = parsePort(rest[1:])
		}
		return inner, port, err
	}
	i := strings.LastIndexByte(s, '!')
	if i < 0 {
		if _, err := netip.ParseAddr(s); err == nil {
			return s, 0, nil // The colons belong to an IPv6 address.
		}
		i = strings.LastIndexByte(s, ':')
	}
	if i < 0 {
		return s, 0, nil
	}
	port, err = parsePort(s[i+1:])
	return s[:i], port, err
}

func parsePort(s string) (uint16, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0, errPort
	}
	return uint16(n), nil
}
