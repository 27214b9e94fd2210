// Package dissect turns a message of any RSerPool protocol into names and values for
// people and scripts: [Message.Summary] is a line, [Message.Fields] the whole tree
// with the place of each field.
//
// A damaged message gives the fields that can be read, and an error with its place.
package dissect
