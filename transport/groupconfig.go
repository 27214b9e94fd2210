package transport

import "net/netip"

// GroupConfig says which multicast group is used. The zero value means the default group of
// its user.
type GroupConfig struct {
	// Addr is the address and the port of the group. Not valid: the default group.
	Addr netip.AddrPort

	// Off: no group is used.
	Off bool
}

// Or returns the address of the group, which is standard for the zero value. It is not valid
// if no group is used.
func (c GroupConfig) Or(standard netip.AddrPort) netip.AddrPort {
	switch {
	case c.Off:
		return netip.AddrPort{}
	case c.Addr.IsValid():
		return c.Addr
	}
	return standard
}
