// Package node holds the parts that the command lines of pool elements and pool users share: the
// ASAP endpoint, status reports, and notes for a user who waits for a registrar or an element.
package node
