package transporttest

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// The ports of FreePort. Systems choose from those above when they are asked for any:
// Linux from 32768 on, others from 49152 (RFC 6335, 6).
const (
	firstFreePort = 20000
	endFreePort   = 32768
)

// FreePort returns a UDP port that is free at all addresses of the host, for what is to be
// bound later, or again: it is none that the system gives to a socket that wants any port,
// and so would be in the way. It stays the test's own to its end among those who ask for
// theirs here, in whatever process: the TCP port of the same number is the lock.
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
