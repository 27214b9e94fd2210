// Package registrar is a registrar, which the RFCs call an ENRP server: it keeps
// the handlespace, answers pool elements and pool users by ASAP (RFC 5352), and
// watches over the elements.
//
// [New] opens its endpoint, and [Server.Run] serves until its context ends.
package registrar
