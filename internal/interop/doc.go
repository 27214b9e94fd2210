// Package interop runs the project's programs and those of the reference
// implementation RSPLIB, as Debian packages it, against each other over kernel SCTP.
//
// "make interop" (cmd/interop) builds the programs and this package's tests, runs
// each test in a guest of its own by uml-run, has tshark and rspdecode check
// what the test captured on the network, and writes docs/interop.md.
// Outside of a guest the tests are skipped.
//
// A scenario is a test, a mix of roles a subtest of it: for each role, ours or the
// reference's program. The hosts h1 to h7 are network namespaces on two
// bridges, see README.md.
package interop
