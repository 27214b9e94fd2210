package wire

import "log/slog"

// ServerID identifies a registrar, which the RFCs call an ENRP server
// (RFC 5353, 2). It is drawn at random, and 0 if the registrar is not known.
type ServerID uint32

// String returns the identifier as 0x and 8 hexadecimal digits.
func (id ServerID) String() string { return hex32(uint32(id)) }

// LogValue implements [slog.LogValuer].
func (id ServerID) LogValue() slog.Value { return slog.StringValue(id.String()) }
