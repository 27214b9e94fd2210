// Package defaults fills in unset fields of a configuration.
package defaults

import "time"

// Set sets a value that is not positive to its default.
func Set[T int | uint16 | time.Duration](v *T, to T) {
	if *v <= 0 {
		*v = to
	}
}
