package cookie

import "errors"

var (
	// ErrForged: the cookie verifies under no key, because it was forged or damaged, or was
	// sealed with another key or for another context. The error does not tell these apart.
	ErrForged = errors.New("cookie is forged or damaged")
	// ErrExpired: the cookie is authentic, but was sealed more than [Config.MaxAge] ago, or
	// more than [MaxSkew] in the future.
	ErrExpired = errors.New("cookie is out of its time")
	// ErrVersion: the cookie is authentic, but its state has another version, and
	// [Config.Convert] is nil or has failed.
	ErrVersion = errors.New("cookie has another version")
	// ErrTooLong: the encoded state has more than [MaxState] octets.
	ErrTooLong = errors.New("state is too long for a cookie")
)
