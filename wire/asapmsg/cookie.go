package asapmsg

import (
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/params"
)

// Cookie is ASAP_COOKIE (RFC 5352, 2.2.11): a pool element hands the state of a
// session to its pool user for safe keeping.
type Cookie struct {
	Cookie  []byte
	Unknown []wire.RawParam
}

// Type returns [TypeCookie].
func (*Cookie) Type() Type { return TypeCookie }

// AppendBinary appends the encoded message.
func (m *Cookie) AppendBinary(b []byte) ([]byte, error) {
	return appendCookie(b, TypeCookie, m.Cookie, m.Unknown)
}

func (m *Cookie) parse(_ uint8, body []byte) error {
	return parseCookie(body, &m.Cookie, &m.Unknown)
}

// CookieEcho is ASAP_COOKIE_ECHO (RFC 5352, 2.2.12): a pool user hands the newest
// cookie of a session to the element at which the session goes on.
type CookieEcho struct {
	Cookie  []byte
	Unknown []wire.RawParam
}

// Type returns [TypeCookieEcho].
func (*CookieEcho) Type() Type { return TypeCookieEcho }

// AppendBinary appends the encoded message.
func (m *CookieEcho) AppendBinary(b []byte) ([]byte, error) {
	return appendCookie(b, TypeCookieEcho, m.Cookie, m.Unknown)
}

func (m *CookieEcho) parse(_ uint8, body []byte) error {
	return parseCookie(body, &m.Cookie, &m.Unknown)
}

func appendCookie(b []byte, t Type, cookie []byte, unknown []wire.RawParam) ([]byte, error) {
	w := params.Begin(b, uint8(t), 0)
	w.Cookie(cookie)
	w.Unknown(unknown)
	return w.End()
}

func parseCookie(body []byte, cookie *[]byte, unknown *[]wire.RawParam) error {
	set := params.Set{Cookie: cookie, Unknown: unknown, Required: []wire.ParamType{wire.ParamCookie}}
	return set.Parse(body, wire.MessageHeaderLen)
}
