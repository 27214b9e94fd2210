package multicast

import (
	"net"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

// withoutDescriptors calls f while the process can open no descriptor. No other test may
// run meanwhile.
func withoutDescriptors(t *testing.T, f func()) {
	t.Helper()
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 3, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
			t.Fatal(err)
		}
	}()
	f()
}

// TestSendWithoutDescriptors sends when the system cannot be asked for its interfaces.
func TestSendWithoutDescriptors(t *testing.T) {
	conn, err := Listen(t.Context(), "udp4", netip.MustParseAddr("127.0.0.1"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	s, err := NewSender(conn, Config{})
	if err != nil {
		t.Fatal(err)
	}
	send := func(group string) error { return s.Send(netip.MustParseAddrPort(group), []byte("there")) }
	if err := send("239.255.79.3:9"); err != nil {
		t.Fatal(err)
	}
	if send("[ff02::9]:9") == nil {
		t.Fatal("an IPv4 socket has sent to a group of IPv6")
	}
	// After that failure the interfaces are looked at again.
	withoutDescriptors(t, func() {
		if err := send("239.255.79.3:9"); err != nil {
			t.Error(err)
		}
	})
}

// TestInterfacesWithFewDescriptors lists the interfaces while descriptors run out now and
// then: the list is whole, or there is none.
func TestInterfacesWithFewDescriptors(t *testing.T) {
	all, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 20000 {
			withoutDescriptors(t, func() {})
		}
	}()
	for {
		if list, err := allInterfaces(); err == nil && len(list) < len(all) {
			t.Errorf("%d interfaces of %d", len(list), len(all))
		}
		select {
		case <-done:
			return
		default:
		}
	}
}
