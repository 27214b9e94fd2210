// Package wire encodes and decodes what ASAP and ENRP have in common: the TLV
// parameters of RFC 5354, the pool member selection policies of RFC 5356, error
// causes, and the checksum over pool elements of RFC 5353, 3.6.2. The messages are
// in the packages asapmsg (RFC 5352) and enrpmsg (RFC 5353).
//
// There are two levels. [Params] walks the parameters of a message, of another
// parameter or of an error without copying; tools build on it. The typed structs,
// such as [PoolElement], own their data.
//
// # Order and unknown parameters
//
// A decoder takes parameters in any order and an encoder writes them in the order
// of the RFC. A parameter that a decoder does not know, or does not expect in its
// place, is kept in a field Unknown and is written again behind the others. What
// the sender wants done with it is told by [ParamType.Action]; doing it is up to
// the protocol, not to the codec.
//
// # Lengths
//
// The length of a parameter never counts its padding. The length of a message
// counts the padding of its last parameter when it is encoded here, as the
// deployed implementation does, and may or may not do so when it is decoded
// (RFC 5354, 4, does not count it).
//
// # Errors
//
// Decoders return a *[SyntaxError] that wraps one of the Err values and tells the
// offset of the damage. No input makes them panic, and what they allocate is
// bounded by a small multiple of the input's size.
package wire
