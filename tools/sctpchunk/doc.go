// Package sctpchunk walks the chunks of SCTP packets (RFC 9260) without copying: for
// tools that look at captures, where anything may stand.
//
//	h, err := sctpchunk.ParseHeader(packet)
//	for chunk, err := range sctpchunk.Chunks(packet) {
//		if data, err := chunk.Data(); err == nil { ... }
//	}
//
// Every error is a *[SyntaxError] with an offset. Nothing is allocated but errors,
// and every step of the walk gets nearer to the end.
package sctpchunk
