package multicast

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/transport/internal/hostaddr"
)

// RescanInterval is the time between two scans of the host's interfaces, by a group or a
// sender. A scan costs two or three system calls, and another for each interface.
const RescanInterval = 2 * time.Second

// Interfaces names the interfaces to which multicast is limited. A named interface is
// used as soon as it is up. Empty: loopback, and every interface that is up and capable
// of multicast.
type Interfaces []string

// An iface is an interface with its addresses at the time of the scan.
type iface struct {
	net.Interface
	prefixes []netip.Prefix
}

// list returns the usable interfaces, in the system's order.
func (i Interfaces) list() ([]iface, error) {
	all, err := allInterfaces()
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(ifi iface) bool { return !i.canUse(ifi.Interface) }), nil
}

// allInterfaces returns all interfaces of the host, up or down.
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

// canUse reports whether an interface is up, and included.
func (i Interfaces) canUse(ifi net.Interface) bool {
	if ifi.Flags&net.FlagUp == 0 {
		return false
	}
	if len(i) > 0 {
		return slices.Contains(i, ifi.Name)
	}
	// On Linux, loopback is capable of multicast, but does not have the flag.
	return ifi.Flags&(net.FlagMulticast|net.FlagLoopback) != 0
}

// first4 returns the interface's first IPv4 address, and the zero Addr if there is none.
func (i iface) first4() netip.Addr {
	for _, p := range i.prefixes {
		if p.Addr().Is4() {
			return p.Addr()
		}
	}
	return netip.Addr{}
}

// hasAddr reports whether an address belongs to the interface. Loopback has all addresses
// of its prefixes.
func (i iface) hasAddr(addr netip.Addr) bool {
	addr = addr.WithZone("")
	for _, p := range i.prefixes {
		if p.Addr() == addr || i.Flags&net.FlagLoopback != 0 && p.Contains(addr) {
			return true
		}
	}
	return false
}
