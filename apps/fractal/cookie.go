package fractal

import (
	"encoding/binary"

	"github.com/rserpool-go/rserpool/apps/appmsg"
)

// Cookie is the state of a session: the order, and the next point.
type Cookie struct {
	Parameter          Parameter
	CurrentX, CurrentY uint32
}

// CookieID is the beginning of a cookie.
const CookieID = "<FG-TD1>"

const (
	cookieLen = len(CookieID) + parameterLen + 8

	// cookieInnerLength is the length field of the order inside a cookie. RSPLIB writes the
	// length of the header alone. The field is ignored.
	cookieInnerLength = appmsg.HeaderLen
)

// AppendBinary appends the encoded cookie. It does not fail.
func (c *Cookie) AppendBinary(b []byte) ([]byte, error) {
	b = c.Parameter.append(append(b, CookieID...), cookieInnerLength)
	b = binary.BigEndian.AppendUint32(b, c.CurrentX)
	return binary.BigEndian.AppendUint32(b, c.CurrentY), nil
}

// ParseCookie decodes a cookie, which is all of b. It returns an *[appmsg.SyntaxError] if b is no
// cookie.
func ParseCookie(b []byte) (Cookie, error) {
	const inner = len(CookieID)
	switch {
	case len(b) < cookieLen:
		return Cookie{}, appmsg.Fail(len(b), appmsg.ErrTruncated)
	case string(b[:inner]) != CookieID:
		return Cookie{}, appmsg.Fail(0, appmsg.ErrBadValue)
	case Type(b[inner]) != TypeParameter:
		return Cookie{}, appmsg.Fail(inner, appmsg.ErrUnknownMessage)
	case len(b) > cookieLen:
		return Cookie{}, appmsg.Fail(cookieLen, appmsg.ErrBadLength)
	}
	return Cookie{
		Parameter: parseParameter(b[inner:]),
		CurrentX:  binary.BigEndian.Uint32(b[inner+parameterLen:]),
		CurrentY:  binary.BigEndian.Uint32(b[inner+parameterLen+4:]),
	}, nil
}
