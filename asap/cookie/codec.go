package cookie

import "fmt"

// MaxState is the length of the longest encoded state, in octets. ASAP carries cookies of up to
// 65,524 octets. The difference leaves room for both forms of a cookie, and for their growth.
const MaxState = 65_400

// maxCookie is the length of the longest cookie that Seal returns.
const maxCookie = headerLen + MaxState + encryptionOverhead

// A Codec seals states of type T into cookies, and opens cookies. Goroutines may share it.
type Codec[T any] struct {
	config Config
	keys   []*subkeys // The first seals, and all open.
	coding coding[T]
}

// New returns a codec. T must be neither a pointer nor an interface, and its fields must reach
// the encoding: New refuses a struct of unexported fields without methods that encode it.
func New[T any](c Config) (*Codec[T], error) {
	c, err := c.validate()
	if err != nil {
		return nil, err
	}
	coding, err := newCoding[T]()
	if err != nil {
		return nil, err
	}
	keys := []*subkeys{deriveSubkeys(c.Key, c.Context)}
	for _, key := range c.Accept {
		keys = append(keys, deriveSubkeys(key, c.Context))
	}
	return &Codec[T]{config: c, keys: keys, coding: coding}, nil
}

// Seal returns a cookie with the state and the present time. It fails if the state cannot be
// encoded, and with [ErrTooLong].
func (c *Codec[T]) Seal(state T) ([]byte, error) {
	b := appendHeader(make([]byte, 0, 128), c.config.Version, c.config.Now())
	b, err := c.coding.append(b, &state)
	if err != nil {
		return nil, fmt.Errorf("encode state: %w", err)
	}
	if n := len(b) - headerLen; n > MaxState {
		return nil, fmt.Errorf("%w: %d octets, limit %d", ErrTooLong, n, MaxState)
	}
	if c.config.SignOnly {
		return c.keys[0].sign(b), nil
	}
	return c.keys[0].encrypt(b), nil
}

// Open returns the state of a cookie. It fails with [ErrForged], [ErrExpired] or [ErrVersion],
// and with another error if an authentic state does not decode as a T. The state is the zero T
// then. The cookie is neither changed nor kept.
func (c *Codec[T]) Open(cookie []byte) (T, error) {
	var zero T
	b, err := c.openBody(cookie)
	if err != nil {
		return zero, err
	}
	if err := c.config.checkAge(b.sealed); err != nil {
		return zero, err
	}
	encoded, err := c.config.convert(b)
	if err != nil {
		return zero, err
	}
	state := new(T)
	if err := c.coding.parse(encoded, state); err != nil {
		return zero, fmt.Errorf("decode state: %w", err)
	}
	return *state, nil
}

// openBody returns the body of an authentic cookie, otherwise ErrForged.
func (c *Codec[T]) openBody(cookie []byte) (body, error) {
	if len(cookie) > maxCookie {
		return body{}, ErrForged
	}
	for _, key := range c.keys {
		if octets, isAuthentic := key.open(cookie); isAuthentic {
			return parseBody(octets)
		}
	}
	return body{}, ErrForged
}
