package corpus

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/tools/internal/dissect"
	"github.com/rserpool-go/rserpool/tools/internal/netpkt"
	"github.com/rserpool-go/rserpool/tools/pcap"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// Cut returns the pieces of all captures and vectors of the repository at root.
func Cut(root string) ([]Piece, error) {
	captures, err := filepath.Glob(filepath.Join(root, captureFiles))
	if err != nil || len(captures) == 0 {
		return nil, fmt.Errorf("%s: no captures: %w", filepath.Join(root, captureFiles), err)
	}
	var out []Piece
	for _, name := range captures {
		c := cutter{file: path.Join(path.Dir(captureFiles), filepath.Base(name))}
		b, err := os.ReadFile(name)
		if err == nil {
			err = c.capture(b)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, c.pieces...)
	}
	for _, name := range vectorFiles {
		c := cutter{file: name}
		b, err := os.ReadFile(filepath.Join(root, name))
		if err == nil {
			err = c.vectors(b)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, c.pieces...)
	}
	return out, nil
}

// captureFiles are the captures.
const captureFiles = "tools/testdata/*.pcap"

// capturePackets is the number of packets in a piece that is a capture.
const capturePackets = 8

// A cutter collects the pieces of a file.
type cutter struct {
	file   string
	packet int // number of the current packet
	pieces []Piece
	parts  map[Layer]int // in the current packet
}

// begin goes on to a packet.
func (c *cutter) begin(packet int) {
	c.packet, c.parts = packet, make(map[Layer]int)
}

// add adds a piece of the current packet. The octets are copied.
func (c *cutter) add(layer Layer, p Piece) {
	c.parts[layer]++
	p.Origin = Origin{File: c.file, Packet: c.packet, Layer: layer, Part: c.parts[layer]}
	p.Octets = slices.Clone(p.Octets)
	c.pieces = append(c.pieces, p)
}

// capture cuts a capture into pieces.
func (c *cutter) capture(b []byte) error {
	r, err := pcap.NewReader(bytes.NewReader(b))
	if err != nil {
		return err
	}
	decoder := decode.New()
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		c.begin(p.Number)
		c.network(p)
		decoder.Packet(p, c.record)
	}
	return c.files(b)
}

// network adds an IP packet, and the SCTP packet in it.
func (c *cutter) network(p *pcap.Packet) {
	ip, ok := netpkt.Network(p.Link, p.Data)
	if !ok {
		return
	}
	c.add(LayerPacket, Piece{Octets: ip})
	var whole netpkt.Decoder // Fragments are no SCTP packets.
	if dg, ok := whole.Decode(p); ok && dg.Protocol == netpkt.ProtocolSCTP {
		c.add(LayerSCTP, Piece{Octets: dg.Payload})
	}
}

// record adds a message and its parts.
func (c *cutter) record(r *decode.Record) {
	if r.Protocol == dissect.SCTP {
		return // A damaged packet.
	}
	for _, addr := range []string{r.Src.String(), r.Dst.String()} {
		c.add(LayerAddress, Piece{Octets: []byte(addr)})
	}
	for _, pool := range r.Pools() {
		c.add(LayerText, Piece{Octets: []byte(pool)})
	}
	c.message(r.Protocol, r.PPID, r.Octets)
}

// message adds a message and its parts.
func (c *cutter) message(protocol dissect.Protocol, ppid uint32, b []byte) {
	c.add(LayerMessage, Piece{Octets: b, Protocol: protocol, PPID: ppid})
	switch protocol {
	case dissect.ASAP:
		c.cookie(b)
		fallthrough
	case dissect.ENRP:
		for _, fixed := range []int{4, 8, 12, 16} {
			if isWalk(b, fixed) {
				c.parameters(wire.Walk(b[fixed:], fixed))
				break
			}
		}
	case dissect.Echo, dissect.Daytime, dissect.CharGen, dissect.Discard, dissect.Data:
		c.add(LayerText, Piece{Octets: b})
	}
}

// isWalk reports whether parameters follow the fixed fields of a message, up to its end.
func isWalk(b []byte, fixed int) bool {
	if len(b) <= fixed {
		return false
	}
	w := wire.Walk(b[fixed:], fixed)
	for w.Next() {
	}
	return w.Err() == nil
}

// cookie adds the cookie of an ASAP message.
func (c *cutter) cookie(b []byte) {
	m, err := asapmsg.Parse(b)
	if err != nil {
		return
	}
	switch m := m.(type) {
	case *asapmsg.Cookie:
		c.add(LayerCookie, Piece{Octets: m.Cookie})
	case *asapmsg.CookieEcho:
		c.add(LayerCookie, Piece{Octets: m.Cookie})
	}
}

// nested is the length of the fixed fields in front of the parameters inside a parameter, in octets.
var nested = map[wire.ParamType]int{wire.ParamPoolElement: 12, wire.ParamServerInformation: 4}

// parameters adds parameters, and those inside them.
func (c *cutter) parameters(w wire.Walker) {
	for w.Next() {
		p := w.Param
		c.add(LayerParameter, Piece{Octets: p.Value, Param: p.Type})
		if fixed, ok := nested[p.Type]; ok && len(p.Value) > fixed {
			c.parameters(p.Walk(fixed))
		}
		if policy, err := wire.ParsePolicy(p); p.Type == wire.ParamPolicy && err == nil {
			c.add(LayerPolicy, Piece{Octets: []byte(policy.String())})
		}
	}
}

// files adds captures of some packets each. Only the classic format is cut: a header of the file, and a header in front
// of each packet.
func (c *cutter) files(b []byte) error {
	const fileHeader, packetHeader, capturedAt, magic = 24, 16, 8, 0xa1b2c3d4
	if len(b) < fileHeader || binary.LittleEndian.Uint32(b) != magic {
		return errors.New("the capture is not a classic pcap file of little endian")
	}
	start, at := fileHeader, fileHeader
	for packet := 1; at+packetHeader <= len(b); packet++ {
		at = min(at+packetHeader+int(binary.LittleEndian.Uint32(b[at+capturedAt:])), len(b))
		if packet%capturePackets == 0 || at == len(b) {
			c.begin((packet-1)/capturePackets*capturePackets + 1)
			c.add(LayerCapture, Piece{Octets: slices.Concat(b[:fileHeader], b[start:at])})
			start = at
		}
	}
	return nil
}
