//go:build linux && !386

package kernelsctp

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/ishidawataru/sctp"
)

// FuzzEvent asserts that notifications of any length and content are read inside their bounds.
func FuzzEvent(f *testing.F) {
	name := libAddr([]netip.Addr{netip.MustParseAddr("192.0.2.1")}, 3863).ToRawSockAddrBuf()
	name6 := libAddr([]netip.Addr{netip.MustParseAddr("fe80::1")}, 9901).ToRawSockAddrBuf()
	for _, kind := range []sctp.SCTPNotificationType{
		sctp.SCTP_ASSOC_CHANGE, sctp.SCTP_PEER_ADDR_CHANGE, sctp.SCTP_SHUTDOWN_EVENT, sctp.SCTP_PARTIAL_DELIVERY_EVENT,
		sctp.SCTP_SEND_FAILED,
	} {
		b := make([]byte, 24+storageLen)
		binary.NativeEndian.PutUint16(b, uint16(kind))
		binary.NativeEndian.PutUint16(b[8:], uint16(sctp.SCTP_COMM_LOST))
		f.Add(b, name)
		f.Add(append(b[:20:20], 0, 12, 0, 7, 'b', 'y', 'e', 0), name6)
	}
	f.Fuzz(func(t *testing.T, data, name []byte) {
		ev, ok := parseEvent(packet{data: data, name: name})
		if !ok {
			return
		}
		if len(data) < 12 || !bytes.HasSuffix(data, ev.info) {
			t.Fatalf("%x: %+v", data, ev)
		}
		down := downErrorOf(ev, nil)
		if down == nil || down.Error() == "" {
			t.Fatalf("%+v: %v", ev, down)
		}
		if _, reason := abortReason(ev.info); !bytes.Contains(ev.info, []byte(reason)) {
			t.Fatalf("%x: reason %q", ev.info, reason)
		}
	})
}

// FuzzSockaddr asserts that a socket address is read inside its bounds, and the same after it is written.
func FuzzSockaddr(f *testing.F) {
	for _, addr := range []string{"192.0.2.1", "2001:db8::1", "::ffff:192.0.2.9", "fe80::1"} {
		f.Add(libAddr([]netip.Addr{netip.MustParseAddr(addr)}, 3863).ToRawSockAddrBuf())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		addr, n := parseSockaddr(b)
		switch {
		case n < 0 || n > len(b):
			t.Fatalf("%x: %d octets read", b, n)
		case n == 0:
			if addr.IsValid() {
				t.Fatalf("%x: %v of no octets", b, addr)
			}
			return
		case !addr.IsValid() || addr.Addr().Is4In6():
			t.Fatalf("%x: %v", b, addr)
		case addr.Addr().Zone() != "":
			return // libAddr takes zones by their names.
		}
		out := libAddr([]netip.Addr{addr.Addr()}, addr.Port()).ToRawSockAddrBuf()
		if again, _ := parseSockaddr(out); again != addr {
			t.Fatalf("%v became %v", addr, again)
		}
	})
}
