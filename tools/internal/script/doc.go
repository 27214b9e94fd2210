// Package script turns a capture into a script: the messages between one registrar and its
// pool elements, pool users and peers, with times and roles, in their order.
//
// A [Source] yields one [Cue] after the other, so the memory does not depend on the length of
// the capture. Sources are [NewCapture] for captures, and [NewRecord] for sessions that a
// [Writer] has recorded.
//
// # Roles
//
// A capture may hold several registrars. One of them is cast: a live registrar plays its
// part, and the script has the cues of everybody who talks to it. Messages between other
// parties are left out. The types of ASAP messages tell which end of an association is the
// registrar; announces, Presences and keep-alives tell its identifier.
package script
