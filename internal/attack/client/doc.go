// Package client is a good client of a registrar or of an element: it asks a question every few milliseconds, and
// measures how long the answers take. While the target is under attack, the figures tell the harm.
//
// Questions are due at fixed times, and a latency counts from the time at which the question was due. So a target that
// stands still for a second delays all questions of that second, and not only the one that it has got.
package client
