// Package bench puts load on a registrar, be it ours or another, by ASAP
// (RFC 5352), and measures how long the answers take.
//
// Each association has an endpoint of its own, as separate pool users and pool
// elements have. A registrar answers the requests of an association in their order,
// so an answer is for the oldest request that has none.
package bench
