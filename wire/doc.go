// Package wire encodes and decodes the common parts of ASAP and ENRP: the TLV parameters
// of RFC 5354, the pool member selection policies of RFC 5356, error causes, and the
// checksum over pool elements of RFC 5353, 3.6.2. The messages are in the packages
// asapmsg (RFC 5352) and enrpmsg (RFC 5353); start there to send and receive.
//
// There are two levels. [Params] walks the parameters of a message, of a parameter or of
// an error without copying; tools build on it, and on [Walker] where time counts. The
// typed structs, such as [PoolElement], own their data; they have an AppendBinary method
// that encodes a parameter, and a function such as [ParsePoolElement] that decodes it.
//
// This module interoperates with RSPLIB, the reference implementation. Its
// departures from the RFCs are listed in docs/adr/0008-wire-profile.md of the repository, whose
// rows comments cite (ADR 0008, F1).
//
// # Order and unknown parameters
//
// A decoder takes parameters in any order, with one exception: of the two transports of a
// pool element, the first is the user transport and the second the ASAP transport. An
// encoder writes parameters in the order of the RFC. A parameter that a decoder does not know, or does not expect in its
// place, is kept in a field Unknown and is written again behind the known parameters.
// [ParamType.Action] is the treatment that the sender asks for, and [Unrecognized] sums it
// up for a message. The protocols act on it, not the codec.
//
// # Lengths
//
// The length of a parameter never counts its padding. The length of an encoded message
// counts the padding of its last parameter, as in RSPLIB. RFC 5354, 4, does not count it;
// decoders accept both (ADR 0008, F2).
//
// # Errors
//
// Decoders return a *[SyntaxError] that wraps one of the Err values and has the offset of
// the damage. No input makes them panic, and their allocations are bounded by a small
// multiple of the input's size. Decoders do not judge values by their context: the
// protocols decide which pool handles, addresses, policies and identifiers they accept.
//
// Encoders return [ErrRange] or [ErrTooLong] with context, and nil instead of the
// slice. They refuse all values that a decoder would refuse, and cut nothing.
//
// # Memory
//
// AppendBinary methods append to the given slice and allocate only if it is too small. A
// decoded message shares nothing with its input.
package wire
