package capture

import (
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/rserpool-go/rserpool/transport"
)

// Sizes in octets.
const (
	// maxChunk is the most user data of a DATA chunk. A packet has at most 1,268 octets with it,
	// which any link carries (RFC 8200, 5).
	maxChunk = 1200
	// maxReason is the most text of an ABORT chunk.
	maxReason = 1024
)

// A flow is an association as it appears in the capture, or the two sides of a datagram. The writer
// alone uses the fields that change.
type flow struct {
	local, remote side
	dialled       bool
	isOpen        bool // The handshake has been written.
}

// A side is an endpoint of an association.
type side struct {
	addr netip.AddrPort
	tag  uint32 // verification tag of packets to this side
	tsn  uint32 // of the next DATA chunk from this side
	ssn  map[uint16]uint16
}

func newFlow(local, remote netip.AddrPort, dialled bool) *flow {
	return &flow{local: side{addr: bare(local)}, remote: side{addr: bare(remote)}, dialled: dialled}
}

// bare returns an address without zone, and IPv4 as such.
func bare(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}

// sameFamily returns the first of the local addresses with the IP version of the remote address. Without
// such an address, the unspecified address stands for it.
func sameFamily(local []netip.AddrPort, remote netip.AddrPort) netip.AddrPort {
	is4 := bare(remote).Addr().Is4()
	i := slices.IndexFunc(local, func(a netip.AddrPort) bool { return bare(a).Addr().Is4() == is4 })
	if i >= 0 {
		return local[i]
	}
	unspecified, port := netip.IPv6Unspecified(), uint16(0)
	if is4 {
		unspecified = netip.IPv4Unspecified()
	}
	if len(local) > 0 {
		port = local[0].Port()
	}
	return netip.AddrPortFrom(unspecified, port)
}

// direction returns the sender and the receiver of a packet.
func (f *flow) direction(inbound bool) (from, to *side) {
	if inbound {
		return &f.remote, &f.local
	}
	return &f.local, &f.remote
}

// open writes the handshake, once.
func (f *flow) open(w *writer, at time.Time) error {
	if f.isOpen {
		return nil
	}
	f.isOpen = true
	a, b := f.direction(!f.dialled)
	for _, s := range []*side{a, b} {
		s.tag, s.tsn = 1+rand.Uint32N(math.MaxUint32), rand.Uint32() // RFC 9260, 5.3.1: no tag is 0.
	}
	cookie := []byte("synthetic cookie")
	const parameterCookie = 7
	initAck := beginning(b, layers.SCTPChunkTypeInitAck)
	initAck.Parameters = []layers.SCTPInitParameter{{Type: parameterCookie, Value: cookie}}
	first := *b
	first.tag = 0 // RFC 9260, 8.5.1: the packet with INIT has the tag 0.
	for _, step := range []struct {
		from, to *side
		chunk    gopacket.SerializableLayer
	}{
		{a, &first, beginning(a, layers.SCTPChunkTypeInit)},
		{b, a, initAck},
		{a, b, &layers.SCTPCookieEcho{SCTPChunk: layers.SCTPChunk{Type: layers.SCTPChunkTypeCookieEcho}, Cookie: cookie}},
		{b, a, &layers.SCTPEmptyLayer{SCTPChunk: layers.SCTPChunk{Type: layers.SCTPChunkTypeCookieAck}}},
	} {
		if err := w.sctp(at, step.from, step.to, step.chunk); err != nil {
			return err
		}
	}
	return nil
}

// beginning returns the INIT or INIT ACK chunk of its sender.
func beginning(sender *side, kind layers.SCTPChunkType) *layers.SCTPInit {
	const window, streams = 1 << 18, math.MaxUint16
	return &layers.SCTPInit{
		SCTPChunk:                      layers.SCTPChunk{Type: kind},
		InitiateTag:                    sender.tag,
		AdvertisedReceiverWindowCredit: window,
		OutboundStreams:                streams,
		InboundStreams:                 streams,
		InitialTSN:                     sender.tsn,
	}
}

// message writes a message as DATA chunks, each in a packet of its own.
func (f *flow) message(w *writer, e *event, data []byte) error {
	if err := f.open(w, e.at); err != nil {
		return err
	}
	from, to := f.direction(e.inbound)
	if from.ssn == nil {
		from.ssn = make(map[uint16]uint16)
	}
	ssn := from.ssn[e.stream]
	from.ssn[e.stream]++
	for at := 0; at < len(data); at += maxChunk {
		end := min(at+maxChunk, len(data))
		chunk := &layers.SCTPData{
			SCTPChunk:     layers.SCTPChunk{Type: layers.SCTPChunkTypeData},
			BeginFragment: at == 0, EndFragment: end == len(data),
			TSN: from.tsn, StreamId: e.stream, StreamSequence: ssn,
			PayloadProtocol: layers.SCTPPayloadProtocol(e.ppid),
		}
		from.tsn++
		if err := w.sctp(e.at, from, to, chunk, gopacket.Payload(data[at:end])); err != nil {
			return err
		}
	}
	return nil
}

// end writes the end of an association for a cause that packets tell.
func (f *flow) end(w *writer, e *event, reason []byte) error {
	if !f.isOpen {
		return nil // No message of the association is in the capture.
	}
	const userAbort, protocolViolation = 12, 13 // RFC 9260, 3.3.10.12 and 3.3.10.13
	switch e.cause {
	case transport.CauseShutdown:
		return f.shutdown(w, e)
	case transport.CauseAbortLocal, transport.CauseOverload:
		return w.sctp(e.at, &f.local, &f.remote, abort(userAbort, reason))
	case transport.CauseProtocol:
		return w.sctp(e.at, &f.local, &f.remote, abort(protocolViolation, reason))
	case transport.CauseAbortPeer:
		return w.sctp(e.at, &f.remote, &f.local, abort(userAbort, reason))
	}
	return nil
}

func abort(code uint16, reason []byte) gopacket.SerializableLayer {
	return &layers.SCTPError{
		SCTPChunk:  layers.SCTPChunk{Type: layers.SCTPChunkTypeAbort},
		Parameters: []layers.SCTPErrorParameter{{Type: code, Value: reason}},
	}
}

// shutdown writes the graceful end, which one of the sides has begun.
func (f *flow) shutdown(w *writer, e *event) error {
	a, b := f.direction(e.inbound)
	first := &layers.SCTPShutdown{SCTPChunk: layers.SCTPChunk{Type: layers.SCTPChunkTypeShutdown}, CumulativeTSNAck: b.tsn - 1}
	if err := w.sctp(e.at, a, b, first); err != nil {
		return err
	}
	answer := &layers.SCTPShutdownAck{SCTPChunk: layers.SCTPChunk{Type: layers.SCTPChunkTypeShutdownAck}}
	if err := w.sctp(e.at, b, a, answer); err != nil {
		return err
	}
	last := &layers.SCTPEmptyLayer{SCTPChunk: layers.SCTPChunk{Type: layers.SCTPChunkTypeShutdownComplete}}
	return w.sctp(e.at, a, b, last)
}
