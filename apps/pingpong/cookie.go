package pingpong

import (
	"encoding/binary"

	"github.com/rserpool-go/rserpool/apps/appmsg"
)

// Cookie is the state of a session.
type Cookie struct {
	// ReplyNo is the number that the next pong carries.
	ReplyNo uint64
}

// CookieID is the beginning of a cookie.
const CookieID = "<PP-TD1>"

const cookieLen = len(CookieID) + 8

// AppendBinary appends the encoded cookie. It does not fail.
func (c *Cookie) AppendBinary(b []byte) ([]byte, error) {
	return binary.BigEndian.AppendUint64(append(b, CookieID...), c.ReplyNo), nil
}

// ParseCookie decodes a cookie, which is all of b. It returns an *[appmsg.SyntaxError] if b is no
// cookie.
func ParseCookie(b []byte) (Cookie, error) {
	switch {
	case len(b) < cookieLen:
		return Cookie{}, appmsg.Fail(len(b), appmsg.ErrTruncated)
	case string(b[:len(CookieID)]) != CookieID:
		return Cookie{}, appmsg.Fail(0, appmsg.ErrBadValue)
	case len(b) > cookieLen:
		return Cookie{}, appmsg.Fail(cookieLen, appmsg.ErrBadLength)
	}
	return Cookie{ReplyNo: binary.BigEndian.Uint64(b[len(CookieID):])}, nil
}
