// Package defaults fills in what a configuration leaves open.
package defaults

import "time"

// Set sets a value to its default unless it is positive.
func Set[T int | uint16 | time.Duration](v *T, to T) {
	if *v <= 0 {
		*v = to
	}
}
