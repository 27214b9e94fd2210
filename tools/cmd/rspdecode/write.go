package main

import (
	"bytes"
	"errors"
	"os"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"

	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/tools/pcap"
)

// maxWindow is the memory of the last packets, in octets. A packet of a message that is complete later
// than that is not written.
const maxWindow = 16 << 20

// A keeper writes the packets of some messages to a file, in their order. Packets wait in a window, since
// later packets may complete their messages. A nil keeper writes nothing.
type keeper struct {
	decoder *decode.Decoder

	file  *os.File
	out   *pcapgo.NgWriter
	links map[pcap.LinkType]int // interfaces of the file

	window []windowPacket
	octets int
}

// A windowPacket is a packet that may be written.
type windowPacket struct {
	pcap.Packet
	joined []int // the packets whose IP fragments it has completed
	kept   bool
}

// keeper creates the file of --write, and returns nil without the option. Only the user can read the
// file, as other captures.
func (p *program) keeper(d *decode.Decoder) (*keeper, error) {
	if p.Write == "" {
		return nil, nil
	}
	file, err := os.OpenFile(p.Write, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	return &keeper{decoder: d, file: file, links: make(map[pcap.LinkType]int)}, nil
}

// add adds a packet to the window, before the packet is decoded.
func (k *keeper) add(p *pcap.Packet) error {
	if k == nil {
		return nil
	}
	k.noteJoined()
	w := windowPacket{Packet: *p}
	w.Data = bytes.Clone(p.Data)
	k.window = append(k.window, w)
	k.octets += windowSize(&w)
	for k.octets > maxWindow && len(k.window) > 1 {
		if err := k.shift(); err != nil {
			return err
		}
	}
	return nil
}

// windowSize is the memory of a packet, in octets.
func windowSize(w *windowPacket) int { return len(w.Data) + 128 }

// noteJoined notes the IP fragments of the last packet.
func (k *keeper) noteJoined() {
	if len(k.window) > 0 {
		k.window[len(k.window)-1].joined = k.decoder.Joined()
	}
}

// keep marks the packets of a message.
func (k *keeper) keep(r *decode.Record) {
	if k == nil {
		return
	}
	k.noteJoined()
	k.mark(r.Frame)
	for _, frame := range r.Frames {
		k.mark(frame)
	}
}

// mark marks a packet of the window, with its IP fragments.
func (k *keeper) mark(frame int) {
	first := k.window[0].Number
	if frame < first {
		return
	}
	w := &k.window[frame-first]
	w.kept = true
	for _, joined := range w.joined {
		if joined >= first {
			k.window[joined-first].kept = true
		}
	}
}

// shift takes the first packet out of the window, and writes it if it is marked.
func (k *keeper) shift() error {
	w := k.window[0]
	k.window[0] = windowPacket{}
	k.window = k.window[1:]
	k.octets -= windowSize(&w)
	if !w.kept {
		return nil
	}
	link, err := k.link(w.Link)
	if err != nil {
		return err
	}
	return k.out.WritePacket(gopacket.CaptureInfo{
		Timestamp: w.Time, CaptureLength: len(w.Data), Length: max(w.Len, len(w.Data)), InterfaceIndex: link,
	}, w.Data)
}

// link returns the interface for a link type.
func (k *keeper) link(link pcap.LinkType) (int, error) {
	id, ok := k.links[link]
	if ok {
		return id, nil
	}
	var err error
	if k.out == nil {
		k.out, err = pcapgo.NewNgWriter(k.file, layers.LinkType(link))
	} else {
		id, err = k.out.AddInterface(pcapgo.NgInterface{LinkType: layers.LinkType(link)})
	}
	if err == nil {
		k.links[link] = id
	}
	return id, err
}

// close writes the rest of the window, and closes the file.
func (k *keeper) close() error {
	if k == nil {
		return nil
	}
	var err error
	for err == nil && len(k.window) > 0 {
		err = k.shift()
	}
	if err == nil && k.out == nil { // A capture without packets has an interface as well.
		_, err = k.link(pcap.LinkRaw)
	}
	if err == nil {
		err = k.out.Flush()
	}
	return errors.Join(err, k.file.Close())
}
