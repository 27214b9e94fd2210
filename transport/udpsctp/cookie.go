package udpsctp

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"
)

// cookieLife is Valid.Cookie.Life (RFC 9260, 16).
const cookieLife = 60 * time.Second

const (
	cookieFieldsLen = 8 + 7*4 + 2*2
	cookieLen       = cookieFieldsLen + sha256.Size
)

var (
	errForeignCookie = errors.New("not our cookie")
	errStaleCookie   = errors.New("stale cookie")
)

// A stateCookie has all that an endpoint needs to know between an INIT and the COOKIE
// ECHO. The peer stores the cookie for the endpoint (RFC 9260, 5.1.3), so half-open
// associations take no memory here.
type stateCookie struct {
	issued   time.Time
	localTag uint32
	localTSN uint32
	peer     initParams
	// The tie-tags are the tags of the association that was up at the INIT, or zero (RFC
	// 9260, 5.2.2).
	tieLocal, tiePeer uint32
}

// A cookieKey makes and verifies cookies. The MAC covers the peer's address and ports
// too.
type cookieKey [sha256.Size]byte

func newCookieKey() (k cookieKey) {
	rand.Read(k[:]) // Never fails.
	return k
}

// seal returns the cookie for a peer.
func (k *cookieKey) seal(c stateCookie, peer peerKey) []byte {
	b := make([]byte, 0, cookieLen)
	b = binary.BigEndian.AppendUint64(b, uint64(c.issued.UnixNano()))
	for _, v := range []uint32{c.localTag, c.localTSN, c.peer.tag, c.peer.window, c.peer.tsn, c.tieLocal, c.tiePeer} {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	b = binary.BigEndian.AppendUint16(b, c.peer.out)
	b = binary.BigEndian.AppendUint16(b, c.peer.in)
	return k.mac(b, b, peer)
}

// isCookieFor reports whether b may be a cookie for an association with a local tag. So far
// nothing is verified.
func isCookieFor(b []byte, localTag uint32) bool {
	return len(b) == cookieLen && binary.BigEndian.Uint32(b[8:]) == localTag
}

// open verifies a cookie and its age.
func (k *cookieKey) open(b []byte, peer peerKey, now time.Time) (stateCookie, error) {
	if len(b) != cookieLen {
		return stateCookie{}, errForeignCookie
	}
	fields := b[:cookieFieldsLen]
	if !hmac.Equal(k.mac(nil, fields, peer), b[cookieFieldsLen:]) {
		return stateCookie{}, errForeignCookie
	}
	u32 := func(i int) uint32 { return binary.BigEndian.Uint32(fields[8+4*i:]) }
	c := stateCookie{
		issued:   time.Unix(0, int64(binary.BigEndian.Uint64(fields))),
		localTag: u32(0),
		localTSN: u32(1),
		peer: initParams{
			tag:    u32(2),
			window: u32(3),
			tsn:    u32(4),
			out:    binary.BigEndian.Uint16(fields[36:]),
			in:     binary.BigEndian.Uint16(fields[38:]),
		},
		tieLocal: u32(5),
		tiePeer:  u32(6),
	}
	if age := now.Sub(c.issued); age > cookieLife || age < -cookieLife {
		return c, errStaleCookie
	}
	return c, nil
}

// mac appends the MAC of the fields, with the peer's address and ports, to dst.
func (k *cookieKey) mac(dst, fields []byte, peer peerKey) []byte {
	h := hmac.New(sha256.New, k[:])
	h.Write(fields)
	addr := peer.udp.Addr().As16()
	h.Write(addr[:])
	h.Write(binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, peer.udp.Port()), peer.port))
	h.Write([]byte(peer.udp.Addr().Zone()))
	return h.Sum(dst)
}

// randomTag returns a random number for an initiate tag or an initial TSN, never zero.
func randomTag() uint32 {
	var b [4]byte
	for {
		rand.Read(b[:])
		if v := binary.BigEndian.Uint32(b[:]); v != 0 {
			return v
		}
	}
}
