// Package asaptest serves the tests of ASAP machines.
//
//   - words.go: the words for messages in scenarios, see package steptest
//   - random.go: random messages and events
//   - input.go: the input of fuzz tests as a source of random messages and events
package asaptest
