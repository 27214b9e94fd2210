package transporttest

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// The range of FreePort. When a system chooses a port, it chooses from higher ports:
// Linux from 32768 on, other systems from 49152 on (RFC 6335, 6).
const (
	firstFreePort = 20000
	endFreePort   = 32768
)

// FreePort returns a UDP port that is free at all addresses of the host, and that a test
// can bind later, or repeatedly. The system never gives the port to a socket that asks
// for any port. Until the test ends, no other caller of FreePort gets the port, in any
// process: the TCP port of the same number serves as the lock.
func FreePort(t testing.TB) uint16 {
	t.Helper()
	var err error
	for range 1000 {
		port := firstFreePort + rand.IntN(endFreePort-firstFreePort)
		var lock net.Listener
		if lock, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err != nil {
			continue
		}
		var probe *net.UDPConn
		if probe, err = net.ListenUDP("udp", &net.UDPAddr{Port: port}); err != nil {
			err = errors.Join(err, lock.Close())
			continue
		}
		t.Cleanup(func() { _ = lock.Close() })
		if err := probe.Close(); err != nil {
			t.Fatal(err)
		}
		return uint16(port)
	}
	t.Fatalf("no free port: %v", err)
	return 0
}
