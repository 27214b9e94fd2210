// Package asaptest has what tests of ASAP machines share: the words for messages in scenarios
// (see package steptest), and random messages.
package asaptest
