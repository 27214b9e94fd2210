// Package integration tests the modules asap and registrar together: nodes, pool elements and
// sessions with real registrars, in memory and over sockets.
package integration

// The files in reading order:
//
//	bed_test.go          a network in memory, with registrars, elements and users
//	pool_test.go         registration, resolution and removal of elements
//	registrar_test.go    finding and changing the registrar
//	noregistrar_test.go  calls without a registrar
//	session_test.go      sessions and their end
//	failover_test.go     failover of sessions
//	load_test.go         many calls at a time
//	socket_test.go       the most important tests over sockets
//	bench_test.go        benchmarks
