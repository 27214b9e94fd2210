package registrar

// ASAPCounts counts the work for pool elements and pool users since [New].
type ASAPCounts struct {
	// Registrations counts accepted registrations, and Reregistrations the accepted
	// registrations of elements that were registered already.
	Registrations, Reregistrations uint64
	// Deregistrations counts elements that left their pool by themselves.
	Deregistrations uint64
	// Resolutions counts answered handle resolutions, and RefusedResolutions handle
	// resolutions that came too often.
	Resolutions, RefusedResolutions uint64
	// FailureReports counts reports of unreachable elements, without reports that came too
	// often.
	FailureReports uint64
	// KeepAlives counts keep-alives sent.
	KeepAlives uint64
	// Removals counts elements removed for other reasons than their own wish.
	Removals uint64
}

// ENRPCounts counts the work among registrars since [New].
type ENRPCounts struct {
	// TableRequests counts received Handle Table Requests, each for a part of a table.
	TableRequests uint64
	// Updates counts received Handle Updates.
	Updates uint64
	// Synchronizations counts tables of peers that were taken in.
	Synchronizations uint64
	// Takeovers counts peers that were taken over, and ElementsTakenOver their elements.
	Takeovers, ElementsTakenOver uint64
	// Duplicates counts Presences of other registrars with the same identifier.
	Duplicates uint64
}
