// Package replay plays a capture at a live registrar, or at two, and compares the answers.
//
// [Run] reads a capture (pcap or pcapng, also compressed by gzip) or a recorded session. It
// plays the pool elements, the pool users and the other registrars in it, each from an
// endpoint of its own, and takes the live registrar for one registrar of the capture. Its
// memory does not depend on the length of the capture.
package replay
