//go:build !linux

package udpsctp

import "net/netip"

const oobLen = 0

func (s *socket) setOptions() error { return nil }

func destination([]byte) netip.Addr { return netip.Addr{} }

func sourceMessage(netip.Addr) []byte { return nil }

func (s *socket) passHandshakes(int) {}
