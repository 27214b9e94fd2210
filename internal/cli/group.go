package cli

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/rserpool-go/rserpool/transport"
)

// Group is a multicast group: auto, off (or none), or an address.
type Group struct {
	Off  bool
	Addr netip.AddrPort // not valid: auto
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
	addr, err := lookUpAddr(string(text))
	if err != nil {
		return err
	}
	if !addr.Addr().IsMulticast() {
		return fmt.Errorf("%v is not a multicast address, such as 239.0.0.50", addr.Addr())
	}
	g.Addr = addr
	return nil
}

// Or returns the group, completed by the standard group. It is not valid for off.
func (g Group) Or(standard netip.AddrPort) netip.AddrPort {
	switch {
	case g.Off:
		return netip.AddrPort{}
	case !g.Addr.IsValid():
		return standard
	case g.Addr.Port() == 0:
		return netip.AddrPortFrom(g.Addr.Addr(), standard.Port())
	}
	return g.Addr
}

// Config returns the group as a configuration, completed by the standard group.
func (g Group) Config(standard netip.AddrPort) transport.GroupConfig {
	return transport.GroupConfig{Addr: g.Or(standard), Off: g.Off}
}

// Text returns the group in words, completed by the standard group.
func (g Group) Text(standard netip.AddrPort) string {
	if g.Off {
		return "no group"
	}
	return g.Or(standard).String()
}
