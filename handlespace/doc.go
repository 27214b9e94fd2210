// Package handlespace holds the pools and pool elements that a registrar knows, or a
// pool user has cached, and selects elements by the pool's policy (RFC 5352, 2.1;
// RFC 5353, 2; RFC 5356).
//
// A [Handlespace] is made by [New] and filled by [Handlespace.Register]. Then
// [Handlespace.Resolve] selects elements, and [Handlespace.Find] finds one. What
// belongs together can be walked: the elements of a pool ([Pool.Elements]), of a home
// registrar ([Handlespace.OwnedBy]), of an association ([Handlespace.OnAssociation]),
// and, in blocks, for a handle table ([Handlespace.Extract]). Every element has one
// timer ([Handlespace.SetTimer]), and every home registrar a PE checksum
// ([Handlespace.Checksum]).
//
// The package is pure: it has no clock, no lock and no goroutine, does no I/O, and
// draws random numbers from the source that it is given. With the same source the
// same calls have the same outcome. A Handlespace belongs to one goroutine.
//
// An [Element] is good until it is removed: its memory then serves the next one.
// Whoever waits meanwhile should keep pool handle and identifier, and find it again.
//
// The policies are those of RFC 5356 and the private ones of the deployed
// implementation. To add one, add a row to the table in policy.go; see there.
package handlespace
