// Package handlespace holds the pools and pool elements that a registrar knows. It selects
// elements by the policy of their pool (RFC 5356).
//
// [New] makes an empty [Handlespace], and [Handlespace.Register] adds elements.
// [Handlespace.Resolve] selects elements of a pool, [Handlespace.Find] returns a single
// element. Groups of elements are read by iterators and in blocks:
//
//   - all elements: [Handlespace.Elements]
//   - elements of a home registrar: [Handlespace.OwnedBy]
//   - elements of an association: [Handlespace.RegisteredOver]
//   - blocks of a handle table: [Handlespace.Extract]
//
// Every element has a timer ([Handlespace.SetTimer]), and every home registrar has a PE
// checksum ([Handlespace.Checksum]). After a takeover, [Handlespace.SetOwner] and
// [Handlespace.Adopt] change the home registrar of an element. The owner of an element, in
// names, is its home registrar.
//
// The package is pure: it has no clock, no lock and no goroutine, does no I/O, and
// draws random numbers from the source in its [Config]. The same calls with the same
// source have the same results. A Handlespace belongs to a single goroutine.
//
// An [Element] is valid until its removal, after which a new element reuses its memory.
// A caller that waits keeps the pool handle and the identifier, and calls
// [Handlespace.Find] afterwards.
//
// The policies are the policies of RFC 5356 and the private policies of RSPLIB. A new
// policy is a new row of the table in policy.go.
package handlespace
