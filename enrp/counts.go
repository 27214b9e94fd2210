package enrp

// Counts counts what a [Machine] has done since it came into being.
type Counts struct {
	// TableRequests counts Handle Table Requests that were received, each for a part
	// of a table.
	TableRequests uint64
	// Updates counts Handle Updates that were received.
	Updates uint64
	// Synchronizations counts peers' tables that were taken in.
	Synchronizations uint64
	// Takeovers counts peers that were taken over, and ElementsTakenOver their
	// elements.
	Takeovers, ElementsTakenOver uint64
	// Duplicates counts Presences of other registrars with our identifier.
	Duplicates uint64
}

// Counts returns what the machine has done so far.
func (m *Machine) Counts() Counts { return m.counts }
