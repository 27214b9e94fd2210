// Package integration tests the modules asap and registrar together: nodes, pool elements and
// sessions with real registrars, in memory and over sockets.
package integration
