//go:build !linux

package pcap

import "errors"

// AnyInterface is the name that stands for all interfaces.
const AnyInterface = "any"

// A Live captures from an interface: on Linux only.
type Live struct{}

// Listen fails: on this system there is no capturing without libpcap. A capture of
// another program can be read from a pipe.
func Listen(string) (*Live, error) {
	return nil, errors.New("live capture works on Linux only; try: tcpdump -U -w - | rspdecode -")
}

// Next fails.
func (*Live) Next() (*Packet, error) { return nil, errors.ErrUnsupported }

// Dropped returns 0.
func (*Live) Dropped() uint32 { return 0 }

// Close does nothing.
func (*Live) Close() error { return nil }
