package multicast

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/transport/internal/hostaddr"
)

// RescanInterval is the time between two looks at the host's interfaces, by
// groups as well as by senders. A look costs two or three system calls and one
// more per interface.
const RescanInterval = 2 * time.Second

// Interfaces names the interfaces that multicast is limited to. Empty: all that
// are up and can do multicast, and loopback. An interface that is named is used
// as soon as it is up.
type Interfaces []string

// An iface is an interface that is up, with its addresses at the time.
type iface struct {
	net.Interface
	prefixes []netip.Prefix
}

// list returns those of the interfaces that are up now, in the system's order.
func (i Interfaces) list() ([]iface, error) {
	all, err := allInterfaces()
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(ifi iface) bool { return !i.canUse(ifi.Interface) }), nil
}

// allInterfaces returns the host's interfaces, up or not.
func allInterfaces() ([]iface, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("multicast: list interfaces: %w", err)
	}
	list := make([]iface, 0, len(all))
	for _, ifi := range all {
		addrs, err := ifi.Addrs()
		if err != nil {
			return nil, fmt.Errorf("multicast: list the addresses of %s: %w", ifi.Name, err)
		}
		list = append(list, iface{Interface: ifi, prefixes: hostaddr.Prefixes(addrs)})
	}
	return list, nil
}

// canUse reports whether an interface is to be used.
func (i Interfaces) canUse(ifi net.Interface) bool {
	if ifi.Flags&net.FlagUp == 0 {
		return false
	}
	if len(i) > 0 {
		return slices.Contains(i, ifi.Name)
	}
	// On Linux loopback does not have the multicast flag, but can do multicast.
	return ifi.Flags&(net.FlagMulticast|net.FlagLoopback) != 0
}

// first4 returns the interface's first IPv4 address, the zero Addr if it has
// none.
func (i iface) first4() netip.Addr {
	for _, p := range i.prefixes {
		if p.Addr().Is4() {
			return p.Addr()
		}
	}
	return netip.Addr{}
}

// hasAddr reports whether an address is one of the interface: on loopback, any of
// its prefix.
func (i iface) hasAddr(addr netip.Addr) bool {
	addr = addr.WithZone("")
	for _, p := range i.prefixes {
		if p.Addr() == addr || i.Flags&net.FlagLoopback != 0 && p.Contains(addr) {
			return true
		}
	}
	return false
}
