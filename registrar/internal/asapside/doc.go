// Package asapside holds the registrar's side of ASAP (RFC 5352, 3) as a machine without
// input or output: registration, handle resolution, keep-alives, reports of unreachable
// elements, subscriptions, and the adoption of elements that were taken over. It works on the
// handlespace, which it shares with the registrar's side of ENRP.
package asapside
