package udpsctp

import (
	"encoding/binary"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rserpool-go/rserpool/transport"
)

const (
	// pionPort is the source and destination port in all packets of pion/sctp.
	pionPort = 5000
	// pionPacketMax is the size of the largest packet that pion/sctp can read, in octets.
	pionPacketMax = 8192
	// reassemblyMax bounds the chunks that pion/sctp keeps for a stream until their
	// messages are complete and in order.
	reassemblyMax = 16384
	// spareMax bounds the buffer of an idle association, in octets.
	spareMax = 2048

	// A peer may send data before it learns that the receive buffer is full, and window
	// probes afterwards. These bounds leave room for them: in octets, in messages, and in
	// packets that pion/sctp has not read.
	receiveReserve = 128 << 10
	receivedMax    = 32768
	inboxMax       = 4096
)

// An inbound packet holds chunks of a peer's packet for pion/sctp. All DATA chunks in it
// have the same stream, which keeps messages of several streams in order.
type inbound struct {
	packet []byte
	stream int // -1: no DATA chunk.
	size   int // The octets of user data.
}

// A pipe is the net.Conn below an association of pion/sctp, and saves a goroutine that
// reads the streams. A call of Read means that pion/sctp has processed the packet before.
// Read therefore first takes over the messages which that packet completed.
type pipe struct {
	a     *association
	ready chan struct{} // Closed when a.sctp is set.

	mu    sync.Mutex
	cond  sync.Cond
	inbox []inbound
	head  int
	ended bool

	drained chan struct{} // Closed when Read has returned io.EOF.

	// The fields below are used by Read only.
	last  inbound // The packet that pion/sctp is processing.
	spare []byte  // The unused buffer of the last read from a stream.
	eof   bool

	shutdownAcked atomic.Bool   // A SHUTDOWN ACK was sent.
	completed     atomic.Bool   // A SHUTDOWN COMPLETE was sent or received.
	cumTSN        atomic.Uint32 // Of the last SACK sent.
	throttled     atomic.Bool   // The last SACK announced a small window.
}

var _ net.Conn = (*pipe)(nil)

func (p *pipe) init(a *association) {
	p.a = a
	p.ready = make(chan struct{})
	p.cond.L = &p.mu
	p.drained = make(chan struct{})
}

// handle handles a packet of the peer. Chunks for pion/sctp go to the inbox.
func (a *association) handle(h header, body []byte) {
	first, _, err := nextChunk(body)
	if err != nil {
		return
	}
	reflected := (first.typ == chunkAbort || first.typ == chunkShutdownComplete) && first.flags&flagT != 0
	if reflected && h.tag != a.peerTag || !reflected && h.tag != a.localTag {
		return
	}
	forward := inbound{stream: -1}
	defer func() { a.pipe.push(forward) }()
	for len(body) > 0 {
		var c chunk
		if c, body, err = nextChunk(body); err != nil {
			return
		}
		switch c.typ {
		case chunkData, chunkSack, chunkShutdown, chunkShutdownAck, chunkShutdownComplete:
			if !a.forward(&forward, c, len(body)) {
				return
			}
		case chunkHeartbeat:
			a.heart.answer(c)
		case chunkHeartbeatAck:
			a.heart.handleAck(c)
		case chunkAbort:
			a.pipe.push(forward)
			forward = inbound{}
			down := &transport.DownError{Cause: transport.CauseAbortPeer, Reason: abortReason(c.value)}
			if reflected {
				down = a.lossCause(down)
			}
			a.end(down)
			return
		default:
			// The endpoint offers no extensions. A correct peer therefore sends only
			// ERROR here, or a late chunk of the handshake.
			if c.typ > chunkShutdownComplete && !c.typ.isSkippable() {
				return
			}
		}
	}
}

// forward adds a chunk to a packet for pion/sctp. following is the number of octets
// behind the chunk in the peer's packet. The result is false if these octets are to be
// dropped.
func (a *association) forward(in *inbound, c chunk, following int) bool {
	stream, size := -1, 0
	switch c.typ {
	case chunkData:
		if len(c.value) <= dataHeaderLen {
			a.abortForViolation(causeNoUserData, "no user data")
			return false
		}
		if headerLen+chunkHeaderLen+len(c.value)+3 > pionPacketMax {
			a.abortForViolation(causeProtocolViolation, "DATA chunk too large for this implementation")
			return false
		}
		id := binary.BigEndian.Uint16(c.value[4:])
		if id >= a.in {
			a.abortForViolation(causeInvalidStream, "invalid stream identifier")
			return false
		}
		stream, size = int(id), len(c.value)-dataHeaderLen
	case chunkSack:
		if len(c.value) < sackMinLen {
			return false
		}
		a.heart.alive.Store(true)
	case chunkShutdown:
		if len(c.value) != 4 {
			return false
		}
		a.closing.Store(true)
	}
	full := len(in.packet)+chunkHeaderLen+len(c.value)+3 > pionPacketMax
	if full || stream >= 0 && in.stream >= 0 && stream != in.stream {
		a.pipe.push(*in)
		*in = inbound{stream: -1}
	}
	if in.packet == nil {
		in.packet = make([]byte, 0, min(headerLen+chunkHeaderLen+len(c.value)+3+following, pionPacketMax))
		in.packet = appendHeader(in.packet, header{src: pionPort, dst: pionPort, tag: a.localTag})
	}
	in.packet = appendChunk(in.packet, c.typ, c.flags, c.value)
	if stream >= 0 {
		in.stream = stream
		in.size += size
	}
	return true
}

// push puts a packet into the inbox. A packet without room in the inbox is lost, as in
// the network.
func (p *pipe) push(in inbound) {
	if in.packet == nil {
		return
	}
	if in.stream >= 0 {
		octets, messages := p.a.received.Size()
		if octets > p.a.e.config.ReceiveBuffer+receiveReserve || messages > receivedMax {
			return
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended || len(p.inbox)-p.head >= inboxMax {
		return
	}
	p.inbox = append(p.inbox, in)
	p.cond.Signal()
}

// end makes Read return io.EOF once the inbox is empty.
func (p *pipe) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	p.cond.Signal()
}

// Read implements net.Conn for the read loop of pion/sctp.
func (p *pipe) Read(b []byte) (int, error) {
	<-p.ready
	p.takeOver()
	in, ok := p.pop()
	if !ok {
		if !p.eof {
			p.eof = true
			p.a.received.Close(p.a.Err())
			close(p.drained)
		}
		return 0, io.EOF
	}
	if in.stream >= 0 {
		// An error means that the association is closing, and pion/sctp drops the data.
		_, _ = p.a.openStream(uint16(in.stream))
	}
	p.last = in
	n := copy(b, in.packet)
	p.last.packet = nil
	return n, nil
}

// pop waits for the next packet, and reports false at the end.
func (p *pipe) pop() (inbound, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.head == len(p.inbox) {
		if p.ended {
			return inbound{}, false
		}
		p.cond.Wait()
	}
	in := p.inbox[p.head]
	p.inbox[p.head] = inbound{}
	if p.head++; p.head == len(p.inbox) {
		p.head = 0
		p.inbox = p.inbox[:0]
		if cap(p.inbox) > 64 {
			p.inbox = nil
		}
	}
	return in, true
}

// takeOver moves the messages completed by the last packet to the receive queue. It also
// wakes senders if the packet has made room in the send queue.
func (p *pipe) takeOver() {
	last := p.last
	p.last = inbound{stream: -1}
	if last.stream >= 0 && last.size > 0 {
		p.readStream(uint16(last.stream), last.size)
	}
	waiting := p.a.sctp.BufferedAmount()
	p.a.held.set(p.a, int64(waiting))
	if p.a.room.isAwaited() && waiting < p.a.e.config.SendBuffer {
		p.a.room.announce()
	}
}

// readStream reads all messages of a stream that are complete and in order. size is the
// guess for the size of the first message.
func (p *pipe) readStream(id uint16, size int) {
	s, err := p.a.openStream(id)
	if err != nil {
		return
	}
	for {
		// The guess is wrong only for a message of several chunks. If the buffer is too
		// small, pion/sctp keeps the message and returns its size.
		b := p.spare
		if len(b) < size || len(b) > 2*size {
			b = make([]byte, size)
		}
		p.spare = b
		n, ppid, err := s.ReadSCTP(b)
		if err == io.ErrShortBuffer && n <= MaxMessageSize {
			size = n
			continue
		}
		if err == io.ErrShortBuffer {
			p.a.abortForViolation(causeProtocolViolation, "message too large")
		}
		if err != nil {
			if len(b) > spareMax {
				p.spare = nil
			}
			return
		}
		p.spare = nil
		p.a.received.Put(transport.Message{PPID: uint32(ppid), Stream: id, Data: b[:n:n]})
	}
}

// Write implements net.Conn for the write loop of pion/sctp. It sets the port numbers of
// the association, and the checksum. A window is reduced by the data that waits for
// Receive.
func (p *pipe) Write(raw []byte) (int, error) {
	<-p.ready
	if p.a.Err() != nil || len(raw) < headerLen+chunkHeaderLen {
		return len(raw), nil // Too late.
	}
	buf := packets.Get().(*[]byte)
	defer packets.Put(buf)
	b := append((*buf)[:0], raw...)
	*buf = b
	binary.BigEndian.PutUint16(b, p.a.e.port)
	binary.BigEndian.PutUint16(b[2:], p.a.sctpPort)
	c, _, err := nextChunk(b[headerLen:])
	if err != nil {
		return len(raw), nil
	}
	switch c.typ {
	case chunkSack:
		p.shrinkWindow(c)
	case chunkShutdownAck:
		p.shutdownAcked.Store(true)
	case chunkShutdownComplete:
		p.completed.Store(true)
	case chunkAbort:
		// pion/sctp has detected a violation by the peer.
		p.a.end(&transport.DownError{Cause: transport.CauseProtocol, Reason: abortReason(c.value)})
	case chunkHeartbeat, chunkHeartbeatAck, chunkError:
		return len(raw), nil // The endpoint sends these chunks itself.
	}
	// A datagram that cannot be sent counts as lost.
	_ = p.a.path.Load().write(seal(b))
	return len(raw), nil
}

// packets holds buffers for outgoing packets.
var packets = sync.Pool{New: func() any { b := make([]byte, 0, 2048); return &b }}

// shrinkWindow reduces the window in a SACK by the data that waits for Receive.
func (p *pipe) shrinkWindow(c chunk) {
	window := int(binary.BigEndian.Uint32(c.value[4:]))
	p.a.held.parts.Store(int64(max(p.a.e.config.ReceiveBuffer-window, 0)))
	octets, messages := p.a.received.Size()
	taken := octets
	if messages > receivedMax/2 {
		taken = p.a.e.config.ReceiveBuffer
	}
	window = max(window-taken, 0)
	binary.BigEndian.PutUint32(c.value[4:], uint32(window))
	p.cumTSN.Store(binary.BigEndian.Uint32(c.value))
	p.throttled.Store(window < p.a.e.config.ReceiveBuffer/2)
}

// reopenWindow makes pion/sctp send a SACK with a larger window, after Receive has
// emptied the queue. pion/sctp gets a copy of a DATA chunk that it has already
// acknowledged, with the I bit (RFC 9260, 3.3.1). This happens only if the last SACK
// announced a small window.
func (p *pipe) reopenWindow() {
	if !p.throttled.Load() {
		return
	}
	if octets, _ := p.a.received.Size(); octets > p.a.e.config.ReceiveBuffer/4 || !p.throttled.CompareAndSwap(true, false) {
		return
	}
	const flags = 0x08 | 0x03
	value := binary.BigEndian.AppendUint32(nil, p.cumTSN.Load())
	value = append(value, make([]byte, dataHeaderLen-4+1)...)
	packet := appendHeader(nil, header{src: pionPort, dst: pionPort, tag: p.a.localTag})
	p.push(inbound{packet: appendChunk(packet, chunkData, flags, value), stream: -1})
}

// Close implements net.Conn. pion/sctp calls Close at the end of a shutdown, with its
// lock held.
func (p *pipe) Close() error {
	down := &transport.DownError{Cause: transport.CauseShutdown}
	if !p.completed.Load() && !p.shutdownAcked.Load() {
		down = &transport.DownError{Cause: transport.CauseAbortLocal, Reason: "closed"}
	}
	p.a.end(down)
	return nil
}

// LocalAddr implements net.Conn.
func (p *pipe) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(p.a.LocalAddrs()[0]) }

// RemoteAddr implements net.Conn.
func (p *pipe) RemoteAddr() net.Addr { return net.UDPAddrFromAddrPort(p.a.path.Load().remote) }

// SetDeadline implements net.Conn. A pipe never waits for the network.
func (p *pipe) SetDeadline(time.Time) error { return nil }

// SetReadDeadline implements net.Conn.
func (p *pipe) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline implements net.Conn.
func (p *pipe) SetWriteDeadline(time.Time) error { return nil }
