// Package e2e tests the programs as real processes on loopback: a registrar, servers
// and clients that are started, killed, interrupted and started again. It has tests
// only.
package e2e
