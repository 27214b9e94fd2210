package asapside

// Counts counts what a [Registrar] has done since it came into being.
type Counts struct {
	// Registrations counts those that were accepted, and Reregistrations those of
	// them whose element was there before.
	Registrations, Reregistrations uint64
	// Deregistrations counts elements that took their leave.
	Deregistrations uint64
	// Resolutions counts handle resolutions that were answered, and
	// RefusedResolutions those that came too often.
	Resolutions, RefusedResolutions uint64
	// FailureReports counts reports of unreachable elements, without those that
	// came too often.
	FailureReports uint64
	// KeepAlives counts keep-alives sent.
	KeepAlives uint64
	// Removals counts elements removed for other reasons than by their own wish.
	Removals uint64
}

// Counts returns what the registrar has done so far.
func (r *Registrar) Counts() Counts { return r.counts }
