// Package registrar is a registrar, which the RFCs call an ENRP server. It keeps the
// handlespace, answers pool elements and pool users by ASAP (RFC 5352), and watches over the
// elements. With other registrars it shares the handlespace by ENRP (RFC 5353).
//
// [New] opens the endpoints of a [Server], and [Server.Run] serves until its context ends.
package registrar

// The files in reading order:
//
//	stats.go           Stats: sizes, counts of work and averages
//	elementsconfig.go  ElementsConfig: pool elements and pool users
//	peersconfig.go     PeersConfig: other registrars
//	config.go          Config: all settings, and their defaults
//	observer.go        Observation: messages and removals for Config.Observe
//	news.go            log records about elements and peers
//	endpoint.go        the hubs of both protocols
//	loop.go            the goroutine that owns the core
//	server.go          Server: start, end and statistics
