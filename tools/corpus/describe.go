package corpus

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/rserpool-go/rserpool/apps/calcapp"
	"github.com/rserpool-go/rserpool/apps/fractal"
	"github.com/rserpool-go/rserpool/apps/pingpong"
	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/tools/internal/dissect"
	"github.com/rserpool-go/rserpool/tools/internal/netpkt"
	"github.com/rserpool-go/rserpool/tools/layers"
	"github.com/rserpool-go/rserpool/tools/pcap"
	"github.com/rserpool-go/rserpool/tools/sctpchunk"
	"github.com/rserpool-go/rserpool/wire"
)

// octetsAt returns an argument that is octets, nil if it has another type.
func octetsAt(s Seed, i int) []byte {
	if i >= len(s) {
		return nil
	}
	b, _ := s[i].([]byte)
	return b
}

// describeLengths tells the types of arguments, and the lengths of octets.
func describeLengths(s Seed) string {
	var words []string
	for _, v := range s {
		switch v := v.(type) {
		case []byte:
			words = append(words, fmt.Sprintf("%d octets", len(v)))
		case string:
			words = append(words, strconv.Quote(v))
		default:
			words = append(words, fmt.Sprintf("%T(%v)", v, v))
		}
	}
	return strings.Join(words, ", ")
}

// maxText is the number of octets of a text that its description has.
const maxText = 64

func describeText(s Seed) string {
	text, ok := s[0].(string)
	if !ok {
		text = string(octetsAt(s, 0))
	}
	if len(text) > maxText {
		return fmt.Sprintf("%q and %d octets", text[:maxText], len(text)-maxText)
	}
	return strconv.Quote(text)
}

// damage returns what a description says of an error of a decoder.
func damage(err error) string {
	if err == nil {
		return ""
	}
	if syntax, ok := errors.AsType[*wire.SyntaxError](err); ok {
		return fmt.Sprintf(" damaged at offset %d", syntax.Offset)
	}
	return " damaged"
}

func describeMessage(protocol dissect.Protocol, s Seed) string {
	m := dissect.Decode(protocol, octetsAt(s, 0))
	return describeDissected(&m)
}

func describeDissected(m *dissect.Message) string {
	if m.Err != nil {
		return fmt.Sprintf("%s damaged at offset %d", m.Name, m.ErrorOffset())
	}
	return m.Name
}

// describeUserMessage describes a payload protocol identifier with a message.
func describeUserMessage(s Seed) string {
	ppid, _ := s[0].(uint32)
	if kind := layers.ForPPID(ppid); kind != layers.LayerTypeASAP && kind != layers.LayerTypeENRP {
		return fmt.Sprintf("payload of %d octets, PPID %d", len(octetsAt(s, 1)), ppid)
	}
	return describeMessage(dissect.ByPPID(ppid, 0, 0), s[1:])
}

// describeParameters describes a message without its header.
func describeParameters(s Seed) string {
	w := wire.Walk(octetsAt(s, 0), wire.MessageHeaderLen)
	var words []string
	for w.Next() {
		words = append(words, w.Param.Type.String())
	}
	return strings.TrimSpace(strings.Join(words, " ") + damage(w.Err()))
}

func describeParameter(s Seed) string {
	typ, _ := s[0].(uint16)
	return describeValue(wire.ParamType(typ))(s[1:])
}

// describeValue returns a function that describes the value of a parameter.
func describeValue(typ wire.ParamType) func(Seed) string {
	return func(s Seed) string {
		p := wire.RawParam{Type: typ, Value: octetsAt(s, 0)}
		return typ.String() + damage(parseParam(p))
	}
}

// parseParam parses a parameter by its type.
func parseParam(p wire.RawParam) (err error) {
	switch p.Type {
	case wire.ParamPoolElement:
		_, err = wire.ParsePoolElement(p)
	case wire.ParamServerInformation:
		_, err = wire.ParseServerInformation(p)
	case wire.ParamPolicy:
		_, err = wire.ParsePolicy(p)
	case wire.ParamOperationError:
		_, err = wire.ParseOperationError(p)
	case wire.ParamPoolHandle:
		_, err = wire.ParsePoolHandle(p)
	case wire.ParamPEIdentifier:
		_, err = wire.ParsePEID(p)
	case wire.ParamCookie:
		_, err = wire.ParseCookie(p)
	case wire.ParamPEChecksum:
		_, err = wire.ParseChecksum(p)
	case wire.ParamHandleResolutionOption:
		_, err = wire.ParseItems(p)
	default:
		_, err = wire.ParseTransport(p)
	}
	return err
}

func describeCookie(protocol dissect.Protocol, s Seed) string {
	b := octetsAt(s, 0)
	var err error
	switch protocol {
	case dissect.CalcApp:
		_, err = calcapp.ParseCookie(b)
	case dissect.FGP:
		_, err = fractal.ParseCookie(b)
	case dissect.PingPong:
		_, err = pingpong.ParseCookie(b)
	}
	if err != nil {
		return fmt.Sprintf("%d octets that are no cookie of %s", len(b), protocol)
	}
	return "cookie of " + string(protocol)
}

// describeChunks returns a function that describes an SCTP packet, of which the first octets of the header are left out.
func describeChunks(missing int) func(Seed) string {
	return func(s Seed) string {
		packet := append(make([]byte, missing), octetsAt(s, 0)...)
		if _, err := sctpchunk.ParseHeader(packet); err != nil {
			return "SCTP header damaged"
		}
		words := []string{"SCTP"}
		for c, err := range sctpchunk.Chunks(packet) {
			if err != nil {
				words = append(words, "damaged")
				break
			}
			words = append(words, c.Type.String())
		}
		return strings.Join(words, " ")
	}
}

// describePacket describes the messages in an IP packet.
func describePacket(s Seed) string {
	b := octetsAt(s, 0)
	return describeDatagram(Seed{uint16(pcap.LinkRaw), b}) + describeRecords(&pcap.Packet{Number: 1, Link: pcap.LinkRaw, Data: b, Len: len(b)})
}

func describeRecords(packets ...*pcap.Packet) string {
	d := decode.New()
	d.IgnoreChecksums = true
	var b strings.Builder
	for _, p := range packets {
		d.Packet(p, func(r *decode.Record) { b.WriteString(" " + describeDissected(&r.Message)) })
	}
	return b.String()
}

// describeDatagram describes the link and network layers of a packet.
func describeDatagram(s Seed) string {
	link, _ := s[0].(uint16)
	data := octetsAt(s, 1)
	var d netpkt.Decoder
	dg, ok := d.Decode(&pcap.Packet{Number: 1, Link: pcap.LinkType(link), Data: data, Len: len(data)})
	switch {
	case !ok:
		return fmt.Sprintf("link %d without payload", link)
	case dg.Protocol == netpkt.ProtocolUDP:
		return fmt.Sprintf("link %d, UDP", link)
	}
	return fmt.Sprintf("link %d, SCTP", link)
}

// describeCapture describes a capture file.
func describeCapture(s Seed) string {
	r, err := pcap.NewReader(bytes.NewReader(octetsAt(s, 0)))
	if err != nil {
		return "no capture"
	}
	var packets []*pcap.Packet
	for {
		p, err := r.Next()
		if err != nil {
			end := ""
			if errors.As(err, new(*pcap.DamageError)) {
				end = " damaged"
			}
			return fmt.Sprintf("%d packets%s%s", len(packets), describeRecords(packets...), end)
		}
		kept := *p
		kept.Data = bytes.Clone(p.Data)
		packets = append(packets, &kept)
	}
}
