package udpsctp

import (
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A link carries datagrams between two endpoints in virtual time, in order.
type link struct {
	delay atomic.Int64 // In nanoseconds.
	seen  func(b []byte)
}

// A datagram arrives at a time.
type datagram struct {
	b  []byte
	at time.Time
}

// join returns two endpoints without sockets of the system at the ends of a link.
func (l *link) join(t *testing.T) (x, y *endpoint) {
	t.Helper()
	var ends [2]*endpoint
	for i := range ends {
		s := &socket{conn: new(net.UDPConn), bound: netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)})}
		ends[i] = newEndpoint(Config{HeartbeatInterval: time.Hour}.withDefaults(), 1000, []*socket{s})
	}
	for i, e := range ends {
		to := ends[1-i]
		src := netip.AddrPortFrom(e.sockets[0].bound, e.port)
		wire := make(chan datagram, 1000)
		e.sockets[0].impair = func(b []byte, _ func([]byte)) {
			l.seen(b)
			wire <- datagram{b, time.Now().Add(time.Duration(l.delay.Load()))}
		}
		e.Running.Go(func() {
			for {
				select {
				case d := <-wire:
					time.Sleep(time.Until(d.at))
					to.handle(to.sockets[0], src, to.sockets[0].bound, d.b)
				case <-e.Closed():
					return
				}
			}
		})
		t.Cleanup(func() { _ = e.Close() }) // It complains about the socket.
	}
	return ends[0], ends[1]
}

// TestLoneAnswers lets a peer delay its acknowledgement of a lone packet for as long as it
// may. The packet is not sent again, even though the round-trip time has grown.
func TestLoneAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		sent := make(map[uint32]int) // The number of packets by TSN.
		l := &link{}
		l.seen = func(b []byte) {
			mu.Lock()
			defer mu.Unlock()
			if chunkType(b[headerLen]) == chunkData {
				sent[binary.BigEndian.Uint32(b[headerLen+chunkHeaderLen:])]++
			}
		}
		client, server := l.join(t)
		a, b := connect(t, client, server)
		l.delay.Store(int64(time.Millisecond))
		for range 20 {
			exchange(t, a, b)
		}
		time.Sleep(time.Second) // Everything is acknowledged.
		l.delay.Store(int64(20 * time.Millisecond))
		exchange(t, a, b)
		time.Sleep(2 * time.Second)
		mu.Lock()
		defer mu.Unlock()
		if len(sent) != 42 {
			t.Errorf("%d messages were sent, want 42", len(sent))
		}
		for tsn, n := range sent {
			if n != 1 {
				t.Errorf("the message with TSN %d was sent %d times", tsn, n)
			}
		}
	})
}
