package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Milliseconds is a duration. A number without a unit counts milliseconds.
type Milliseconds time.Duration

// UnmarshalText takes a number of milliseconds, or a duration in the form of Go.
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

// Seconds is a duration. A number without a unit counts seconds, and may have a fraction.
type Seconds time.Duration

// maxSeconds is above a hundred years, and fits a duration.
const maxSeconds = 4e9

// UnmarshalText takes a number of seconds, or a duration in the form of Go.
func (s *Seconds) UnmarshalText(text []byte) error {
	if f, err := strconv.ParseFloat(string(text), 64); err == nil && f >= 0 && f <= maxSeconds {
		*s = Seconds(f * float64(time.Second))
		return nil
	}
	d, err := time.ParseDuration(string(text))
	if err != nil || d < 0 {
		return fmt.Errorf("%q is neither a number of seconds nor a duration such as 1m30s", text)
	}
	*s = Seconds(d)
	return nil
}

// Duration returns the duration.
func (s Seconds) Duration() time.Duration { return time.Duration(s) }

// ID is an identifier of 32 bits, decimal or hexadecimal with 0x.
type ID uint32

// UnmarshalText takes a number.
func (i *ID) UnmarshalText(text []byte) error {
	digits, base := strings.ToLower(string(text)), 10
	if hex, ok := strings.CutPrefix(digits, "0x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil {
		return fmt.Errorf("%q is not a number of 32 bits, decimal or hexadecimal with 0x", text)
	}
	*i = ID(n)
	return nil
}

// A Range has the value of an option and its bounds. Min and Max are allowed values.
type Range struct {
	Option          string // as in --option
	Value, Min, Max int64
	Unit            string // such as ms; may be empty
}

// CheckRanges returns an error with the first option that is out of its range.
func CheckRanges(ranges ...Range) error {
	for _, r := range ranges {
		if r.Value < r.Min || r.Value > r.Max {
			unit := r.Unit
			if unit != "" {
				unit = " " + unit
			}
			return fmt.Errorf("--%s: %d%s is not from %d to %d", r.Option, r.Value, unit, r.Min, r.Max)
		}
	}
	return nil
}
