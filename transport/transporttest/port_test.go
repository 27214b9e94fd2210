package transporttest

import (
	"net"
	"testing"
)

// A port can be bound, and is nobody else's, whether it is bound or not.
func TestFreePort(t *testing.T) {
	t.Parallel()
	seen := make(map[uint16]bool)
	for range 100 {
		port := FreePort(t)
		if seen[port] {
			t.Errorf("port %d twice", port)
		}
		seen[port] = true
		conn, err := net.ListenUDP("udp", &net.UDPAddr{Port: int(port)})
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
}
