package cli

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/rserpool-go/rserpool/transport"
)

// Addrs is a list of addresses of one host, such as 10.0.0.1:3863,10.1.0.1. The port
// of the first is that of all.
type Addrs []netip.AddrPort

// UnmarshalText takes addresses with commas between them. Each is an IP address or a
// host name, with :port or !port behind it or none; an IPv6 address with a port is in
// brackets.
func (a *Addrs) UnmarshalText(text []byte) error {
	for s := range strings.SplitSeq(string(text), ",") {
		p, err := parseAddr(s)
		if err != nil {
			return err
		}
		if len(*a) > 0 {
			p = netip.AddrPortFrom(p.Addr(), (*a)[0].Port())
		}
		*a = append(*a, p)
	}
	return nil
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
		return netip.AddrPort{}, err
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return netip.AddrPortFrom(addr.Unmap(), port), nil
	}
	if host == "" {
		return netip.AddrPort{}, fmt.Errorf("address %q has no host", s)
	}
	ctx, cancel := context.WithTimeout(context.Background(), resolveTimeout)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("address %q: no such host", s)
	}
	return netip.AddrPortFrom(addrs[0].Unmap(), port), nil
}

// splitPort splits host:port, host!port and [host]:port. The port is 0 without one.
func splitPort(s string) (host string, port uint16, err error) {
	s = strings.ReplaceAll(s, "!", ":")
	if _, err := netip.ParseAddr(s); err == nil {
		return s, 0, nil // The colons are those of IPv6.
	}
	i := strings.LastIndexByte(s, ':')
	if i < 0 || i < strings.IndexByte(s, ']') {
		return strings.Trim(s, "[]"), 0, nil
	}
	n, err := strconv.ParseUint(s[i+1:], 10, 16)
	if err != nil {
		return "", 0, fmt.Errorf("address %q: port is not a number from 0 to 65535", s)
	}
	return strings.Trim(s[:i], "[]"), uint16(n), nil
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
		if !a.Addr().IsUnspecified() {
			l.Addrs = append(l.Addrs, a.Addr())
		}
	}
	return nil
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
		return fmt.Errorf("%v is not a multicast address", addr.Addr())
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
