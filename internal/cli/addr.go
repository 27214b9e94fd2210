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

	"github.com/rserpool-go/rserpool/transport"
)

// Addrs is a list of addresses of one host, such as 10.0.0.1:3863,10.1.0.1. The port
// of the first is that of all.
type Addrs []netip.AddrPort

// UnmarshalText takes addresses with commas between them. Each is an IP address or a
// host name, with :port or !port behind it or none; an IPv6 address is in brackets if
// :port follows. An address that is there already is left out.
func (a *Addrs) UnmarshalText(text []byte) error {
	*a = nil
	for s := range strings.SplitSeq(string(text), ",") {
		p, err := parseAddr(s)
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

// String returns the addresses with commas between them.
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

// WithPort returns the addresses, with a port if they have none.
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

// resolveTimeout limits the resolution of a host name on the command line.
const resolveTimeout = 10 * time.Second

func parseAddr(s string) (netip.AddrPort, error) {
	host, port, err := splitPort(s)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("address %q: %w", s, err)
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return netip.AddrPortFrom(addr.Unmap(), port), nil
	}
	if !isHostName(host) {
		return netip.AddrPort{}, fmt.Errorf("address %q: %q is neither an IP address nor a host name", s, host)
	}
	ctx, cancel := context.WithTimeout(context.Background(), resolveTimeout)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		reason := err.Error()
		if dns, ok := errors.AsType[*net.DNSError](err); ok {
			reason = dns.Err // Without the name, the server and the protocol.
		}
		return netip.AddrPort{}, fmt.Errorf("address %q: %s", s, reason)
	}
	return netip.AddrPortFrom(addrs[0].Unmap(), port), nil
}

// isHostName reports whether a name resolver may be asked for s. What has digits and
// dots alone is an address with a mistake in it.
func isHostName(s string) bool {
	letters := false
	for _, r := range s {
		switch {
		case r == '-' || r == '_' || r == '.' || '0' <= r && r <= '9':
		case 'a' <= r|0x20 && r|0x20 <= 'z' || r >= 0x80 && unicode.IsLetter(r):
			letters = true
		default:
			return false
		}
	}
	return letters
}

var (
	errPort     = errors.New("port is not a number from 0 to 65535")
	errBrackets = errors.New("brackets are for an IPv6 address, such as [2001:db8::1]:3863")
)

// splitPort splits host:port, host!port and [host]:port. The port is 0 without one.
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
			return s, 0, nil // The colons are those of IPv6.
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

// Local is where an endpoint is bound: auto, or addresses as of [Addrs].
type Local struct{ transport.ListenConfig }

// UnmarshalText takes auto or a list of addresses. The unspecified address stands
// for all.
func (l *Local) UnmarshalText(text []byte) error {
	*l = Local{}
	if string(text) == "auto" {
		return nil
	}
	var addrs Addrs
	if err := addrs.UnmarshalText(text); err != nil {
		return err
	}
	l.Port = addrs[0].Port()
	for _, a := range addrs {
		if a.Addr().IsMulticast() {
			return fmt.Errorf("%v is a multicast address, not one of this host", a.Addr())
		}
		l.Addrs = append(l.Addrs, a.Addr())
	}
	if slices.ContainsFunc(l.Addrs, netip.Addr.IsUnspecified) {
		l.Addrs = nil
	}
	return nil
}

// String returns the addresses in words.
func (l Local) String() string {
	if len(l.Addrs) > 0 {
		addrs := make(Addrs, len(l.Addrs))
		for i, a := range l.Addrs {
			addrs[i] = netip.AddrPortFrom(a, l.Port)
		}
		return addrs.String()
	}
	if l.Port == 0 {
		return "all"
	}
	return fmt.Sprintf("all, port %d", l.Port)
}

// Group is a multicast group: auto, off (or none), or an address.
type Group struct {
	Off  bool
	Addr netip.AddrPort // invalid for auto
}

// UnmarshalText takes auto, off, none, or an address with or without a port.
func (g *Group) UnmarshalText(text []byte) error {
	*g = Group{}
	switch s := strings.ToLower(string(text)); s {
	case "auto":
		return nil
	case "off", "none":
		g.Off = true
		return nil
	}
	addr, err := parseAddr(string(text))
	if err != nil {
		return err
	}
	if !addr.Addr().IsMulticast() {
		return fmt.Errorf("%v is not a multicast address, such as 239.0.0.50", addr.Addr())
	}
	g.Addr = addr
	return nil
}

// Or returns the group, with what is missing taken from another.
func (g Group) Or(other netip.AddrPort) netip.AddrPort {
	switch {
	case g.Off:
		return netip.AddrPort{}
	case !g.Addr.IsValid():
		return other
	case g.Addr.Port() == 0:
		return netip.AddrPortFrom(g.Addr.Addr(), other.Port())
	}
	return g.Addr
}

// Text says which group it is, with what is missing taken from another.
func (g Group) Text(other netip.AddrPort) string {
	if g.Off {
		return "no group"
	}
	return g.Or(other).String()
}
