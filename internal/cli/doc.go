// Package cli is what the command lines of the programs have in common: kong with
// the one-dash spelling of the deployed implementation, addresses, durations in
// milliseconds, logging, the choice of the transport, and exit statuses.
//
// A program is a struct of flags with a Run method that embeds [Common]; [Main]
// does the rest. The exit status is 0 if all went well, 1 if the program failed, and
// 2 if the command line is wrong.
package cli
