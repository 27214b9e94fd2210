// Package asapside holds the registrar's side of ASAP (RFC 5352, 3) as a machine without
// input or output: registration, handle resolution, keep-alives, reports of unreachable
// elements, subscriptions, and the adoption of elements of other registrars. It shares the
// handlespace with the registrar's side of ENRP.
//
// An event may concern many elements, such as the end of an association. Such tasks are done in
// slices: the event does a first part, and each tick does a slice; see [Config].
//
// A [Registrar] is made of concerns. Each has its state, and where time matters a deadline
// of its own; [Registrar.Deadline] is the earliest of them. The files in the order of
// reading, each of which refers to earlier files only:
//
//   - config.go: the settings
//   - event.go, action.go: the events and actions besides those of package step
//   - counts.go: the counts of the registrar's work
//   - env.go: the environment that all concerns share
//   - limiter.go: the rate of a peer's requests
//   - peer.go: the peers of associations, their hosts, and the numbers of their elements
//   - announcer.go: the announces of the registrar
//   - suspicion.go: the reports of an element
//   - supervision.go: keep-alives, reports, registration lives, and the element's timer
//   - adoptiontable.go: the elements to be adopted, and the dials to reach them
//   - contesttable.go: the registrations of elements that another process has
//   - resolver.go: responses to handle resolutions
//   - watchedpool.go: a pool with subscriptions
//   - updatequeue.go: the order of the updates of changed pools
//   - subscription.go: subscriptions, and their updates
//   - registrar.go: the machine with its concerns, and the removal of an element
//   - registration.go: registration
//   - deregistration.go: deregistration
//   - contest.go: the course of a contest between two processes
//   - adoption.go: the course of an adoption
//   - keepalive.go: acknowledgements
//   - report.go: reports of unreachable elements
//   - timer.go: the expired timers of elements
//   - resolution.go: handle resolution
//   - step.go: the dispatch of events and messages
package asapside
