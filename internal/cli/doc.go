// Package cli holds the parts of a command line that all programs share: kong with the one-dash
// spelling of RSPLIB, addresses, durations in milliseconds, logging, the choice of the
// transport, and exit statuses.
//
// A program is a struct of flags with a Run method that embeds [Common]; [Main] does the
// rest. The exit status is 0 after success, 1 after a failure of the program, and 2 for a wrong
// command line.
package cli
