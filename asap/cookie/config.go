package cookie

import (
	"errors"
	"fmt"
	"time"
)

const (
	// DefaultMaxAge is the age limit of cookies if [Config.MaxAge] is 0. A session that is idle
	// overnight survives the failure of its element.
	DefaultMaxAge = 24 * time.Hour

	// MaxSkew is the permitted lead of the clock of the element that has sealed a cookie, over
	// the clock of the element that opens it.
	MaxSkew = time.Minute
)

// Config configures a [Codec]. All elements of a pool need the same values; during a change of
// keys or of the program, Key, Accept, Version and Convert differ for a while.
type Config struct {
	// Key seals cookies, and opens them. Required.
	Key Key

	// Accept holds keys that only open cookies: the next key before its use, and the previous
	// key until its cookies have expired. A forged cookie is tried with all keys.
	Accept []Key

	// Context is the purpose of the cookies, such as the pool handle. Cookies open only with
	// the context for which they were sealed. If elements seal several types of state, give each
	// type its own context. Required.
	Context string

	// SignOnly seals by HMAC-SHA-256, so that users can read states. False: by AES-256-GCM,
	// which also hides states. Cookies of both kinds open.
	SignOnly bool

	// Version is the version of the encoded state.
	Version uint16

	// Convert translates an encoded state of another version to Version. It fails if the
	// version is unknown to it, in particular if the version is newer. The state is valid
	// during the call, and must not be changed. Nil: all other versions fail with [ErrVersion].
	Convert func(version uint16, state []byte) ([]byte, error)

	// MaxAge limits the age of cookies, by the clocks of both elements, in whole milliseconds.
	// An element must send a new cookie before the previous cookie expires, even if the state
	// has not changed. 0: [DefaultMaxAge]. math.MaxInt64: no limit in practice.
	MaxAge time.Duration

	// Now returns the time. Nil: [time.Now].
	Now func() time.Time
}

// validate returns the configuration with its defaults.
func (c Config) validate() (Config, error) {
	switch {
	case c.Key.isZero():
		return c, errors.New("cookie configuration: Key is not set")
	case c.Context == "":
		return c, errors.New("cookie configuration: Context is empty")
	case c.MaxAge < 0:
		return c, fmt.Errorf("cookie configuration: MaxAge %v is negative", c.MaxAge)
	}
	for i, key := range c.Accept {
		if key.isZero() {
			return c, fmt.Errorf("cookie configuration: Accept[%d] is not set", i)
		}
	}
	if c.MaxAge == 0 {
		c.MaxAge = DefaultMaxAge
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c, nil
}

// checkAge returns [ErrExpired] if a cookie that was sealed at the given time is out of its time.
func (c *Config) checkAge(sealed time.Time) error {
	age := c.Now().Truncate(time.Millisecond).Sub(sealed)
	switch {
	case age > c.MaxAge:
		return fmt.Errorf("%w: sealed %v ago, limit %v", ErrExpired, age, c.MaxAge)
	case age < -MaxSkew:
		return fmt.Errorf("%w: sealed %v in the future, limit %v", ErrExpired, -age, MaxSkew)
	}
	return nil
}

// convert returns the state of a body in the configured version.
func (c *Config) convert(b body) ([]byte, error) {
	if b.version == c.Version {
		return b.state, nil
	}
	if c.Convert == nil {
		return nil, fmt.Errorf("%w: %d, want %d", ErrVersion, b.version, c.Version)
	}
	state, err := c.Convert(b.version, b.state)
	if err != nil {
		return nil, fmt.Errorf("%w: %d, want %d: %w", ErrVersion, b.version, c.Version, err)
	}
	return state, nil
}
