package cli

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/rserpool-go/rserpool/transport"
)

// Local is where an endpoint is bound: auto, or addresses as of [Addrs].
type Local struct{ transport.ListenConfig }

// UnmarshalText takes auto or a list of addresses. The unspecified address stands for all
// addresses.
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
			return fmt.Errorf("%v is a multicast address, not an address of this host", a.Addr())
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
