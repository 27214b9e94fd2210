package layers

import (
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// The layer types. Their numbers are those of the ports, far from those that gopacket
// uses.
var (
	LayerTypeASAP = gopacket.RegisterLayerType(wire.PortASAP, gopacket.LayerTypeMetadata{
		Name: "ASAP", Decoder: gopacket.DecodeFunc(decodeASAP),
	})
	LayerTypeENRP = gopacket.RegisterLayerType(wire.PortENRP, gopacket.LayerTypeMetadata{
		Name: "ENRP", Decoder: gopacket.DecodeFunc(decodeENRP),
	})
)

// RegisterPorts makes gopacket decode UDP datagrams to or from the ports 3863 and 9901
// as ASAP and ENRP. It changes a table of gopacket that has no lock: call it before
// the first packet is decoded.
func RegisterPorts() {
	layers.RegisterUDPPortLayerType(wire.PortASAP, LayerTypeASAP)
	layers.RegisterUDPPortLayerType(wire.PortENRP, LayerTypeENRP)
}

// ForPPID returns the layer type of SCTP user messages with a payload protocol
// identifier, and [gopacket.LayerTypePayload] if it is neither that of ASAP nor of ENRP.
func ForPPID(ppid uint32) gopacket.LayerType {
	switch ppid {
	case wire.PPIDASAP:
		return LayerTypeASAP
	case wire.PPIDENRP:
		return LayerTypeENRP
	}
	return gopacket.LayerTypePayload
}

// ASAP is a layer with an ASAP message.
type ASAP struct {
	layers.BaseLayer
	Message asapmsg.Message
}

// ENRP is a layer with an ENRP message.
type ENRP struct {
	layers.BaseLayer
	Message enrpmsg.Message
}

// LayerType returns [LayerTypeASAP].
func (*ASAP) LayerType() gopacket.LayerType { return LayerTypeASAP }

// LayerType returns [LayerTypeENRP].
func (*ENRP) LayerType() gopacket.LayerType { return LayerTypeENRP }

// CanDecode returns [LayerTypeASAP].
func (*ASAP) CanDecode() gopacket.LayerClass { return LayerTypeASAP }

// CanDecode returns [LayerTypeENRP].
func (*ENRP) CanDecode() gopacket.LayerClass { return LayerTypeENRP }

// NextLayerType returns 0: there is nothing behind a message.
func (*ASAP) NextLayerType() gopacket.LayerType { return gopacket.LayerTypeZero }

// NextLayerType returns 0: there is nothing behind a message.
func (*ENRP) NextLayerType() gopacket.LayerType { return gopacket.LayerTypeZero }

// DecodeFromBytes decodes a message, which is all of data. It fails with a
// *[wire.SyntaxError].
func (a *ASAP) DecodeFromBytes(data []byte, _ gopacket.DecodeFeedback) (err error) {
	a.BaseLayer = layers.BaseLayer{Contents: data}
	a.Message, err = asapmsg.Parse(data)
	return err
}

// DecodeFromBytes decodes a message, which is all of data. It fails with a
// *[wire.SyntaxError].
func (e *ENRP) DecodeFromBytes(data []byte, _ gopacket.DecodeFeedback) (err error) {
	e.BaseLayer = layers.BaseLayer{Contents: data}
	e.Message, err = enrpmsg.Parse(data)
	return err
}

// SerializeTo writes the message in front of what is in the buffer, which ought to be
// nothing.
func (a *ASAP) SerializeTo(b gopacket.SerializeBuffer, _ gopacket.SerializeOptions) error {
	return serialize(b, a.Message.AppendBinary)
}

// SerializeTo writes the message in front of what is in the buffer, which ought to be
// nothing.
func (e *ENRP) SerializeTo(b gopacket.SerializeBuffer, _ gopacket.SerializeOptions) error {
	return serialize(b, e.Message.AppendBinary)
}

func serialize(b gopacket.SerializeBuffer, appendBinary func([]byte) ([]byte, error)) error {
	message, err := appendBinary(nil)
	if err != nil {
		return err
	}
	to, err := b.PrependBytes(len(message))
	if err != nil {
		return err
	}
	copy(to, message)
	return nil
}

func decodeASAP(data []byte, p gopacket.PacketBuilder) error { return decode(data, p, new(ASAP)) }

func decodeENRP(data []byte, p gopacket.PacketBuilder) error { return decode(data, p, new(ENRP)) }

// decode adds a layer that decodes, as the application layer.
func decode(data []byte, p gopacket.PacketBuilder, layer interface {
	gopacket.DecodingLayer
	gopacket.ApplicationLayer
},
) error {
	if err := layer.DecodeFromBytes(data, p); err != nil {
		return err
	}
	p.AddLayer(layer)
	p.SetApplicationLayer(layer)
	return nil
}

// Payload returns nil: there is nothing behind a message.
func (*ASAP) Payload() []byte { return nil }

// Payload returns nil: there is nothing behind a message.
func (*ENRP) Payload() []byte { return nil }
