// Command rspregistrar is a registrar of RSerPool (RFC 5351). Servers register with it as elements
// of a pool, and clients ask it for an element to use.
package main

// The files in reading order:
//
//	limits.go      ranges of options
//	elements.go    options: pool elements and pool users
//	peers.go       options: other registrars
//	profile.go     the timers of the fast profile
//	history.go     statistics, added up over the runs of a failure test
//	cputime_*.go   processor time
//	statistics.go  the file of --statsfile
//	scalars.go     the file of --scalar
//	actionlog.go   the file of --actionlogfile
//	actionline.go  a row of that file
//	records.go     these three files
//	collector.go   statistics for Prometheus
//	metrics.go     the HTTP server of --metrics
//	status.go      the status for CSP
//	main.go        the options and the life of the program
