package step

import "time"

// A Machine is a protocol machine. It is not safe for concurrent use.
type Machine interface {
	// Step takes an event and returns the actions that follow from it. The owner carries
	// them out in their order before the next call. The time must not go back.
	Step(now time.Time, ev Event) []Action

	// Deadline returns when the owner has to call Step with a [Tick] at the latest, zero
	// if nothing is due.
	Deadline() time.Time
}

// Earlier returns the earlier of two deadlines. Zero means never.
func Earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
