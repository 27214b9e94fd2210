package asapside

// Counts counts the work of a [Registrar] since its creation.
type Counts struct {
	// Registrations counts accepted registrations, and Reregistrations the share of them
	// whose element was in the handlespace before.
	Registrations, Reregistrations uint64
	// RefusedRegistrations counts registrations that were refused for lack of resources.
	RefusedRegistrations uint64
	// Deregistrations counts elements that were removed at their own request.
	Deregistrations uint64
	// Resolutions counts answered handle resolutions, and RefusedResolutions handle
	// resolutions beyond the permitted rate.
	Resolutions, RefusedResolutions uint64
	// FailureReports counts reports of unreachable elements, without reports beyond the
	// permitted rate.
	FailureReports uint64
	// KeepAlives counts keep-alives sent.
	KeepAlives uint64
	// Removals counts elements that were removed without their own request.
	Removals uint64
}
