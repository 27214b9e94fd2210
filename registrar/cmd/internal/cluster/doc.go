// Package cluster has no code but tests, for Linux: they run registrars as processes of the
// built program, kill, stop and part them, and watch what users are told meanwhile.
package cluster
