package asapmsg

import (
	"log/slog"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/logattr"
	"github.com/rserpool-go/rserpool/wire/internal/params"
	"github.com/rserpool-go/rserpool/wire/logkey"
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

func (m *Cookie) unrecognized() (u wire.Unrecognized) {
	u.Add(m.Unknown)
	return u
}

// LogValue implements [slog.LogValuer].
func (m *Cookie) LogValue() slog.Value { return logCookie(TypeCookie, m.Cookie) }

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

func (m *CookieEcho) unrecognized() (u wire.Unrecognized) {
	u.Add(m.Unknown)
	return u
}

// LogValue implements [slog.LogValuer].
func (m *CookieEcho) LogValue() slog.Value { return logCookie(TypeCookieEcho, m.Cookie) }

func appendCookie(b []byte, t Type, cookie []byte, unknown []wire.RawParam) ([]byte, error) {
	w := params.Begin(b, uint8(t), 0)
	w.Put(wire.AppendCookie(w.B, cookie))
	w.Unknown(unknown)
	return w.End()
}

func parseCookie(body []byte, cookie *[]byte, unknown *[]wire.RawParam) error {
	var r params.Reader
	for r.Begin(body, wire.MessageHeaderLen); r.Next(); {
		switch {
		case r.Once(wire.ParamCookie):
			*cookie, r.Err = wire.ParseCookie(r.Param)
		default:
			*unknown = r.Retain(*unknown)
		}
	}
	return r.End(wire.ParamCookie)
}

// logCookie returns how long a cookie is. The state of a session is no matter of a log.
func logCookie(t Type, cookie []byte) slog.Value {
	a := logattr.Of(t)
	a.Count(logkey.Octets, len(cookie))
	return a.Value()
}
