//go:build linux && !386

package kernelsctp

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/ishidawataru/sctp"
	"golang.org/x/sys/unix"

	"github.com/rserpool-go/rserpool/transport"
)

func TestParseSockaddr(t *testing.T) {
	t.Parallel()
	for _, want := range []netip.AddrPort{
		netip.MustParseAddrPort("192.0.2.1:3863"),
		netip.MustParseAddrPort("[2001:db8::1]:9901"),
	} {
		b := libAddr([]netip.Addr{want.Addr()}, want.Port()).ToRawSockAddrBuf()
		got, n := parseSockaddr(b)
		if got != want || n != len(b) {
			t.Errorf("%v: %v, %d octets of %d", want, got, n, len(b))
		}
		for short := range len(b) {
			if _, n := parseSockaddr(b[:short]); n > short {
				t.Errorf("%v: %d octets read of %d", want, n, short)
			}
		}
	}
	mapped := make([]byte, unix.SizeofSockaddrInet6)
	binary.NativeEndian.PutUint16(mapped, unix.AF_INET6)
	binary.BigEndian.PutUint16(mapped[2:], 7)
	at := netip.MustParseAddr("::ffff:192.0.2.9").As16()
	copy(mapped[8:], at[:])
	if got, _ := parseSockaddr(mapped); got != netip.MustParseAddrPort("192.0.2.9:7") {
		t.Errorf("mapped address: %v", got)
	}
}

func TestParseEvent(t *testing.T) {
	t.Parallel()
	change := make([]byte, 20)
	binary.NativeEndian.PutUint16(change, uint16(sctp.SCTP_ASSOC_CHANGE))
	binary.NativeEndian.PutUint16(change[8:], uint16(sctp.SCTP_COMM_LOST))
	binary.NativeEndian.PutUint16(change[10:], causeUserAbort)
	binary.NativeEndian.PutUint32(change[16:], 77)
	change = append(change, 0, 12, 0, 7, 'b', 'y', 'e', 0)
	peer := netip.MustParseAddrPort("[2001:db8::1]:9901")
	name := libAddr([]netip.Addr{peer.Addr()}, peer.Port()).ToRawSockAddrBuf()
	ev, ok := parseEvent(packet{data: change, name: name})
	if !ok || ev.id != 77 || ev.state != sctp.SCTP_COMM_LOST || ev.peer != peer {
		t.Fatalf("%+v, %v", ev, ok)
	}
	if down := downErrorOf(ev, nil); down.Cause != transport.CauseAbortPeer || down.Reason != "bye" {
		t.Errorf("%+v", down)
	}
	for n := range 20 {
		if _, ok := parseEvent(packet{data: change[:n], name: name}); ok {
			t.Errorf("%d octets are an event", n)
		}
	}
}

func TestLost(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		ev    event
		assoc *association
		want  transport.Cause
	}{
		{"refused", event{state: sctp.SCTP_CANT_STR_ASSOC}, nil, transport.CauseRefused},
		{"refused with a cause", event{state: sctp.SCTP_CANT_STR_ASSOC, code: causeUserAbort}, nil, transport.CauseAbortPeer},
		{"silent", event{state: sctp.SCTP_COMM_LOST}, &association{pathDown: true}, transport.CauseUnreachable},
		{"abort without a cause", event{state: sctp.SCTP_COMM_LOST}, &association{}, transport.CauseAbortPeer},
		{"violation", event{state: sctp.SCTP_COMM_LOST, code: causeProtocolViolation}, &association{}, transport.CauseProtocol},
	} {
		if down := downErrorOf(c.ev, c.assoc); down.Cause != c.want {
			t.Errorf("%s: %v, want %v", c.name, down.Cause, c.want)
		}
	}
}
