package layers_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/google/gopacket"
	gplayers "github.com/google/gopacket/layers"

	"github.com/rserpool-go/rserpool/tools/internal/capturetest"
	"github.com/rserpool-go/rserpool/tools/layers"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// TestMain registers the ports before packets are decoded, as a program does.
func TestMain(m *testing.M) {
	layers.RegisterPorts()
	m.Run()
}

func TestAnnounce(t *testing.T) {
	t.Parallel()
	announce, err := (&asapmsg.ServerAnnounce{ServerID: 7}).AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	frame := capturetest.IPv4(capturetest.Client4, capturetest.Server4, 17, capturetest.UDP(40000, wire.PortASAP, announce))
	packet := gopacket.NewPacket(frame, gplayers.LayerTypeIPv4, gopacket.Default)
	layer, ok := packet.Layer(layers.LayerTypeASAP).(*layers.ASAP)
	if !ok {
		t.Fatalf("no ASAP in %v", packet)
	}
	if m, ok := layer.Message.(*asapmsg.ServerAnnounce); !ok || m.ServerID != 7 {
		t.Errorf("%+v", layer.Message)
	}
	if packet.ApplicationLayer() != layer || !bytes.Equal(layer.LayerContents(), announce) || len(layer.Payload()) != 0 {
		t.Errorf("%+v", layer)
	}
}

// TestSamples decodes all messages of ASAP and ENRP, and writes them again.
func TestSamples(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, s := range capturetest.Samples() {
		typ := layers.ForPPID(s.PPID)
		if typ == gopacket.LayerTypePayload {
			continue
		}
		seen++
		packet := gopacket.NewPacket(s.Octets(), typ, gopacket.DecodeOptions{SkipDecodeRecovery: true})
		if packet.ErrorLayer() != nil || len(packet.Layers()) != 1 {
			t.Errorf("%v", packet)
			continue
		}
		layer, ok := packet.Layers()[0].(gopacket.SerializableLayer)
		if !ok {
			t.Fatalf("%T cannot be written", packet.Layers()[0])
		}
		b := gopacket.NewSerializeBuffer()
		if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{}, layer); err != nil || !bytes.Equal(b.Bytes(), s.Octets()) {
			t.Errorf("%v\n got %x\nwant %x", err, b.Bytes(), s.Octets())
		}
	}
	if seen < 40 {
		t.Errorf("only %d messages", seen)
	}
}

// TestDecodingLayers holds that the layers work with gopacket's fast parser.
func TestDecodingLayers(t *testing.T) {
	t.Parallel()
	var asap layers.ASAP
	var enrp layers.ENRP
	parser := gopacket.NewDecodingLayerParser(layers.LayerTypeENRP, &asap, &enrp)
	request := &enrpmsg.ListRequest{IDs: enrpmsg.IDs{Sender: 1, Receiver: 2}}
	b, err := request.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	var decoded []gopacket.LayerType
	if err := parser.DecodeLayers(b, &decoded); err != nil || len(decoded) != 1 || decoded[0] != layers.LayerTypeENRP {
		t.Errorf("%v, %v", decoded, err)
	}
	if enrp.Message.ServerIDs() != request.IDs {
		t.Errorf("%+v", enrp.Message)
	}
	if asap.CanDecode() != layers.LayerTypeASAP || asap.NextLayerType() != gopacket.LayerTypeZero {
		t.Error("ASAP: layer types")
	}
}

func TestDamage(t *testing.T) {
	t.Parallel()
	for _, typ := range []gopacket.LayerType{layers.LayerTypeASAP, layers.LayerTypeENRP} {
		packet := gopacket.NewPacket([]byte{1, 0, 0, 99}, typ, gopacket.Default)
		failure := packet.ErrorLayer()
		if failure == nil {
			t.Fatalf("%v: no error", typ)
		}
		var syntax *wire.SyntaxError
		if !errors.As(failure.Error(), &syntax) {
			t.Errorf("%v: %v", typ, failure.Error())
		}
	}
	layer := &layers.ASAP{Message: &asapmsg.Cookie{}}
	if err := layer.SerializeTo(gopacket.NewSerializeBuffer(), gopacket.SerializeOptions{}); !errors.Is(err, wire.ErrRange) {
		t.Errorf("empty cookie: %v", err)
	}
}

// A user message of SCTP is decoded by its payload protocol identifier.
func ExampleForPPID() {
	sctp := capturetest.SCTP(capturetest.Whole(1, wire.PPIDASAP, announce()))
	packet := gopacket.NewPacket(sctp, gplayers.LayerTypeSCTP, gopacket.Default)
	data, ok := packet.Layer(gplayers.LayerTypeSCTPData).(*gplayers.SCTPData)
	if !ok {
		fmt.Println("no data")
		return
	}
	inner := gopacket.NewPacket(data.Payload, layers.ForPPID(uint32(data.PayloadProtocol)), gopacket.Default)
	if asap, ok := inner.Layer(layers.LayerTypeASAP).(*layers.ASAP); ok {
		fmt.Println(asap.Message.Type())
	}
	// Output: ASAP_SERVER_ANNOUNCE
}

func announce() []byte {
	b, err := (&asapmsg.ServerAnnounce{ServerID: 7}).AppendBinary(nil)
	if err != nil {
		panic(err)
	}
	return b
}

// FuzzPacket asserts that gopacket gets a layer with a message, or a failure of decoding, and that a layer is written
// as it was read.
func FuzzPacket(f *testing.F) {
	for _, s := range capturetest.Samples() {
		f.Add(s.PPID, s.Octets())
	}
	f.Fuzz(func(t *testing.T, ppid uint32, b []byte) {
		packet := gopacket.NewPacket(b, layers.ForPPID(ppid), gopacket.NoCopy)
		if failure := packet.ErrorLayer(); failure != nil {
			var syntax *wire.SyntaxError
			if !errors.As(failure.Error(), &syntax) {
				t.Fatalf("%x: %v", b, failure.Error())
			}
			return
		}
		layer, ok := packet.ApplicationLayer().(gopacket.SerializableLayer)
		if !ok {
			return // A payload of another protocol.
		}
		out := gopacket.NewSerializeBuffer()
		if err := layer.SerializeTo(out, gopacket.SerializeOptions{}); err != nil {
			if !errors.Is(err, wire.ErrTooLong) || len(b) < 0x8000 {
				t.Fatalf("%x: %v", b, err)
			}
			return
		}
		again := gopacket.NewPacket(out.Bytes(), layers.ForPPID(ppid), gopacket.NoCopy)
		if again.ErrorLayer() != nil || again.ApplicationLayer() == nil {
			t.Fatalf("%x: written as %x, %v", b, out.Bytes(), again)
		}
	})
}
