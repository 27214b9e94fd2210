package cli

import (
	"fmt"
	"strconv"
	"time"
)

// Milliseconds is a duration, of which a bare number counts milliseconds.
type Milliseconds time.Duration

// UnmarshalText takes a number of milliseconds, or a duration as Go writes it.
func (m *Milliseconds) UnmarshalText(text []byte) error {
	if n, err := strconv.ParseUint(string(text), 10, 32); err == nil {
		*m = Milliseconds(time.Duration(n) * time.Millisecond)
		return nil
	}
	d, err := time.ParseDuration(string(text))
	if err != nil || d < 0 {
		return fmt.Errorf("%q is neither a number of milliseconds nor a duration such as 2.5s", text)
	}
	*m = Milliseconds(d)
	return nil
}

// Duration returns the duration.
func (m Milliseconds) Duration() time.Duration { return time.Duration(m) }

// ID is an identifier of 32 bits, decimal or hexadecimal with 0x.
type ID uint32

// UnmarshalText takes a number.
func (i *ID) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 0, 32)
	if err != nil {
		return fmt.Errorf("%q is not a number of 32 bits, decimal or 0x and hexadecimal", text)
	}
	*i = ID(n)
	return nil
}
