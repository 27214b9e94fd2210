// Package steptest tests protocol machines: by transcripts of scenarios, and by random events
// whose results must keep the properties of all machines.
//
// A scenario is a text file of commands, each followed by the indented transcript of what
// the machine did: the time, and one action in each line.
//
//	up 7 10.0.0.1:3863      an event: its name and its arguments
//	+3s                     time passes, with a tick whenever one is due
//	deadline                prints when the next tick is due
//
// Settings of the machine may stand in front of the first command, such as
// "config HuntRounds=2". Lines that begin with # are comments.
package steptest
