// Package wire encodes and decodes what ASAP and ENRP have in common: the TLV
// parameters of RFC 5354, the pool member selection policies of RFC 5356, error
// causes, and the checksum over pool elements of RFC 5353, 3.6.2. The messages are
// in the packages asapmsg (RFC 5352) and enrpmsg (RFC 5353); start there to send
// and receive.
//
// There are two levels. [Params] walks the parameters of a message, of another
// parameter or of an error without copying; tools build on it, and on [Walker] where
// time counts. The typed structs, such as [PoolElement], own their data; they have an
// AppendBinary method that encodes a parameter, and a function such as
// [ParsePoolElement] that decodes one.
//
// The "deployed implementation" is RSPLIB, with which this module interoperates.
// Where it departs from the RFCs the documentation says so.
//
// # Order and unknown parameters
//
// A decoder takes parameters in any order and an encoder writes them in the order
// of the RFC. A parameter that a decoder does not know, or does not expect in its
// place, is kept in a field Unknown and is written again behind the others. What
// the sender wants done with it is told by [ParamType.Action], and for all of a
// message by [Unrecognized]; doing it is up to the protocol, not to the codec.
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
// bounded by a small multiple of the input's size. Whether values make sense in
// their context is not their business: the protocols decide which pool handles,
// addresses, policies and identifiers they accept.
//
// Encoders return [ErrRange] or [ErrTooLong] with context, and nil instead of the
// slice. They refuse what a decoder would refuse, and cut nothing.
//
// # Memory
//
// AppendBinary methods append to the slice that they are given and allocate only if
// it is too small. A decoded message shares nothing with its input.
package wire
