package enrpmsg

import (
	"log/slog"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/logkey"
)

// InitTakeover is ENRP_INIT_TAKEOVER (RFC 5353, 2.7): the sender wants to take over the
// elements of a registrar that seems to be dead.
type InitTakeover struct {
	IDs
	// TargetID is the registrar to be taken over.
	TargetID wire.ServerID
	Unknown  []wire.RawParam
}

// Type returns [TypeInitTakeover].
func (*InitTakeover) Type() Type { return TypeInitTakeover }

// AppendBinary appends the encoded message.
func (m *InitTakeover) AppendBinary(b []byte) ([]byte, error) {
	return m.appendTarget(b, TypeInitTakeover, m.TargetID, m.Unknown)
}

func (m *InitTakeover) parse(_ uint8, body []byte) error {
	return parseTarget(body, &m.TargetID, &m.Unknown)
}

func (m *InitTakeover) unrecognized() (u wire.Unrecognized) {
	u.Add(m.Unknown)
	return u
}

// LogValue implements [slog.LogValuer].
func (m *InitTakeover) LogValue() slog.Value { return m.logTarget(TypeInitTakeover, m.TargetID) }

// InitTakeoverAck is ENRP_INIT_TAKEOVER_ACK (RFC 5353, 2.8): the sender does not object
// to the takeover.
type InitTakeoverAck struct {
	IDs
	// TargetID is the registrar to be taken over.
	TargetID wire.ServerID
	Unknown  []wire.RawParam
}

// Type returns [TypeInitTakeoverAck].
func (*InitTakeoverAck) Type() Type { return TypeInitTakeoverAck }

// AppendBinary appends the encoded message.
func (m *InitTakeoverAck) AppendBinary(b []byte) ([]byte, error) {
	return m.appendTarget(b, TypeInitTakeoverAck, m.TargetID, m.Unknown)
}

func (m *InitTakeoverAck) parse(_ uint8, body []byte) error {
	return parseTarget(body, &m.TargetID, &m.Unknown)
}

func (m *InitTakeoverAck) unrecognized() (u wire.Unrecognized) {
	u.Add(m.Unknown)
	return u
}

// LogValue implements [slog.LogValuer].
func (m *InitTakeoverAck) LogValue() slog.Value { return m.logTarget(TypeInitTakeoverAck, m.TargetID) }

// TakeoverServer is ENRP_TAKEOVER_SERVER (RFC 5353, 2.9): the sender has taken over the
// elements of a registrar. RSPLIB most likely never gets it sent.
type TakeoverServer struct {
	IDs
	// TargetID is the registrar that was taken over.
	TargetID wire.ServerID
	Unknown  []wire.RawParam
}

// Type returns [TypeTakeoverServer].
func (*TakeoverServer) Type() Type { return TypeTakeoverServer }

// AppendBinary appends the encoded message.
func (m *TakeoverServer) AppendBinary(b []byte) ([]byte, error) {
	return m.appendTarget(b, TypeTakeoverServer, m.TargetID, m.Unknown)
}

func (m *TakeoverServer) parse(_ uint8, body []byte) error {
	return parseTarget(body, &m.TargetID, &m.Unknown)
}

func (m *TakeoverServer) unrecognized() (u wire.Unrecognized) {
	u.Add(m.Unknown)
	return u
}

// LogValue implements [slog.LogValuer].
func (m *TakeoverServer) LogValue() slog.Value { return m.logTarget(TypeTakeoverServer, m.TargetID) }

func (i *IDs) appendTarget(b []byte, t Type, target wire.ServerID, unknown []wire.RawParam) ([]byte, error) {
	w := i.begin(b, t, 0)
	w.Uint32(uint32(target))
	w.Unknown(unknown)
	return w.End()
}

func parseTarget(body []byte, target *wire.ServerID, unknown *[]wire.RawParam) error {
	v, err := field32(body)
	if err != nil {
		return err
	}
	*target = wire.ServerID(v)
	return parseUnknown(body[4:], paramsOffset+4, unknown)
}

func (i *IDs) logTarget(t Type, target wire.ServerID) slog.Value {
	a := i.attrs(t)
	a.Add(logkey.TargetID, target)
	return a.Value()
}
