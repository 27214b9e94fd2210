package udpsctp

import (
	"encoding/binary"
	"io"
	"math"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/fifo"
)

const (
	// pionPort is the source and destination port in all packets of pion/sctp.
	pionPort = 5000
	// pionPacketMax is the size of the largest packet that pion/sctp can read, in octets.
	pionPacketMax = 8192
	// stubStream is the stream of all stubs, and stubLen the length of their data.
	stubStream = 0
	stubLen    = 4

	// delayedAckMax is the time that a peer may take to acknowledge a lone packet. Peers
	// wait 200 ms for another packet (RFC 9260, 6.2). pion/sctp adds this time to the
	// round-trip time, of which one measurement may be far below the next.
	delayedAckMax = 300 * time.Millisecond

	// A peer may send data before it learns that the receive buffer is full, and window
	// probes afterwards. These bounds leave room for them: in octets, in messages, and in
	// octets of packets that pion/sctp has not read.
	receiveReserve = 128 << 10
	receivedMax    = 32768
	inboxMax       = 1 << 20
	// perPacket is the memory for a packet in addition to its octets, in octets.
	perPacket = 64
)

// An inbound packet holds chunks of a peer's packet for pion/sctp. It has a stub in place of
// each DATA chunk: an unordered message with the TSN as its data. pion/sctp reads the stubs
// of the chunks that it accepts, and acknowledges them. The data goes to the reassembly.
type inbound struct {
	packet    []byte
	fragments []*fragment // In the order of the stubs.
	octets    int         // Of all fragments.
}

// memory returns the octets of memory for the packet.
func (in *inbound) memory() int64 {
	return int64(cap(in.packet) + perPacket + in.octets + pieceOverhead*len(in.fragments))
}

// A pipe is the net.Conn below an association of pion/sctp, and saves a goroutine that
// reads the stubs. A call of Read means that pion/sctp has processed the packet before.
// Read therefore first takes over the messages which that packet completed.
type pipe struct {
	a     *association
	ready chan struct{} // Closed when a.sctp is set.

	mu     sync.Mutex
	cond   sync.Cond
	inbox  fifo.Queue[inbound]
	octets int // Of the fragments that pion/sctp has not accepted or dropped yet.
	ended  bool

	drained chan struct{} // Closed when Read has returned io.EOF.

	// The fields below are used by Read only.
	last       inbound // The packet that pion/sctp is processing.
	reassembly *reassembly
	eof        bool

	shutdownAcked atomic.Bool   // A SHUTDOWN ACK was sent.
	completed     atomic.Bool   // A SHUTDOWN COMPLETE was sent or received.
	cumTSN        atomic.Uint32 // Of the last SACK sent.
	throttled     atomic.Bool   // The last SACK announced a small window.
}

var _ net.Conn = (*pipe)(nil)

// init sets up the pipe of an association. tsn is the TSN of the peer's first DATA chunk.
func (p *pipe) init(a *association, tsn uint32) {
	p.a = a
	p.ready = make(chan struct{})
	p.cond.L = &p.mu
	p.drained = make(chan struct{})
	p.cumTSN.Store(tsn - 1)
	p.reassembly = newReassembly(a.e.config.ReceiveBuffer + receiveReserve + 2*MaxMessageSize)
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
	var forward inbound
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
	switch c.typ {
	case chunkData:
		return a.forwardData(in, c, following)
	case chunkSack:
		if !isValidSack(c.value) {
			return false
		}
		a.heart.alive.Store(true)
	case chunkShutdown:
		if len(c.value) != 4 {
			return false
		}
		a.closing.Store(true)
	}
	a.pipe.add(in, c, following)
	return true
}

// forwardData is forward for a DATA chunk. A chunk without room is lost, as in the network.
func (a *association) forwardData(in *inbound, c chunk, following int) bool {
	if len(c.value) <= dataHeaderLen {
		a.abortForViolation(causeNoUserData, "no user data")
		return false
	}
	f := parseFragment(c)
	if f.stream >= a.in {
		a.abortForViolation(causeInvalidStream, "invalid stream identifier")
		return false
	}
	if !a.pipe.hasRoom(f) {
		return true
	}
	stub := make([]byte, dataHeaderLen+stubLen)
	binary.BigEndian.PutUint32(stub, f.tsn)
	binary.BigEndian.PutUint16(stub[4:], stubStream)
	binary.BigEndian.PutUint32(stub[dataHeaderLen:], f.tsn)
	a.pipe.add(in, chunk{typ: chunkData, flags: c.flags | flagUnordered | flagBegin | flagEnd, value: stub}, following)
	in.fragments = append(in.fragments, f)
	in.octets += len(f.data)
	return true
}

// isValidSack reports whether a SACK has its length, and gap blocks for no more TSNs than
// the blocks can tell apart. pion/sctp looks at each of these TSNs.
func isValidSack(value []byte) bool {
	if len(value) < sackMinLen || headerLen+chunkHeaderLen+len(value) > pionPacketMax {
		return false
	}
	blocks, duplicates := int(binary.BigEndian.Uint16(value[8:])), int(binary.BigEndian.Uint16(value[10:]))
	if len(value) != sackMinLen+4*(blocks+duplicates) {
		return false
	}
	acked := 0
	for b := value[sackMinLen:][:4*blocks]; len(b) > 0; b = b[4:] {
		start, end := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
		if start == 0 || start > end {
			return false
		}
		acked += int(end-start) + 1
	}
	return acked <= math.MaxUint16
}

// add adds a chunk to a packet for pion/sctp. A full packet goes to the inbox before.
func (p *pipe) add(in *inbound, c chunk, following int) {
	if len(in.packet)+chunkHeaderLen+len(c.value)+3 > pionPacketMax {
		p.push(*in)
		*in = inbound{}
	}
	if in.packet == nil {
		in.packet = make([]byte, 0, min(headerLen+chunkHeaderLen+len(c.value)+3+following, pionPacketMax))
		in.packet = appendHeader(in.packet, header{src: pionPort, dst: pionPort, tag: p.a.localTag})
	}
	in.packet = appendChunk(in.packet, c.typ, c.flags, c.value)
}

// hasRoom reports whether there is room for a fragment. Other fragments may wait for the
// next TSN, so they leave room for it.
func (p *pipe) hasRoom(f *fragment) bool {
	octets, messages := p.a.received.Size()
	if f.tsn != p.cumTSN.Load()+1 {
		p.mu.Lock()
		octets += p.octets + int(p.a.held.parts.Load())
		p.mu.Unlock()
	}
	return octets <= p.receiveMax() && messages <= receivedMax
}

// receiveMax bounds the octets of received data.
func (p *pipe) receiveMax() int { return p.a.e.config.ReceiveBuffer + receiveReserve }

// push puts a packet into the inbox. A packet without room in the inbox is lost, as in
// the network.
func (p *pipe) push(in inbound) {
	if in.packet == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	size := in.memory()
	if p.ended || p.a.held.packets.Load()+size > inboxMax || p.octets > p.receiveMax() {
		return
	}
	p.a.held.packets.Add(size)
	p.inbox.Push(in)
	p.octets += in.octets
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
			p.a.held.leave()
			p.a.received.Close(p.a.Err())
			close(p.drained)
		}
		return 0, io.EOF
	}
	if len(in.fragments) > 0 {
		// An error means that the association is closing, and pion/sctp drops the data.
		_, _ = p.a.openStream(stubStream)
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
	for p.inbox.Len() == 0 {
		if p.ended {
			return inbound{}, false
		}
		p.cond.Wait()
	}
	in := p.inbox.Pop()
	p.a.held.packets.Add(-in.memory())
	return in, true
}

// takeOver moves the messages completed by the last packet to the receive queue. It also
// wakes senders if the packet has made room in the send queue.
func (p *pipe) takeOver() {
	if len(p.last.fragments) > 0 {
		p.readStubs(p.last.fragments)
		p.mu.Lock()
		p.octets -= p.last.octets
		p.mu.Unlock()
	}
	p.last = inbound{}
	p.a.held.update(0)
	if p.a.room.isAwaited() && p.a.hasRoom() {
		p.a.room.announce()
	}
}

// readStubs gives the fragments of the last packet that pion/sctp has accepted to the
// reassembly.
func (p *pipe) readStubs(fragments []*fragment) {
	s, err := p.a.openStream(stubStream)
	if err != nil {
		return
	}
	defer p.a.held.setParts(p.reassembly)
	var stub [stubLen]byte
	for len(fragments) > 0 {
		if _, _, err := s.ReadSCTP(stub[:]); err != nil {
			return
		}
		tsn := binary.BigEndian.Uint32(stub[:])
		i := slices.IndexFunc(fragments, func(f *fragment) bool { return f.tsn == tsn })
		if i < 0 {
			continue
		}
		if err := p.reassembly.add(fragments[i], p.deliver); err != nil {
			p.a.abortForViolation(causeProtocolViolation, err.Error())
			return
		}
		fragments = fragments[i+1:]
	}
}

// deliver puts a message into the receive queue.
func (p *pipe) deliver(m transport.Message) { p.a.received.Put(m) }

// Write implements net.Conn for the write loop of pion/sctp. It sets the port numbers of
// the association, and the checksum, and the window of a SACK.
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
		p.setWindow(c)
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

// setWindow sets the window in a SACK: the receive buffer without the data that waits for
// Receive, or for other parts of its message.
func (p *pipe) setWindow(c chunk) {
	p.throttled.Store(true) // From now on, Receive reopens the window.
	octets, messages := p.a.received.Size()
	window := max(p.a.e.config.ReceiveBuffer-octets-int(p.a.held.parts.Load()), 0)
	if messages > receivedMax/2 {
		window = 0
	}
	binary.BigEndian.PutUint32(c.value[4:], uint32(window))
	p.cumTSN.Store(binary.BigEndian.Uint32(c.value))
	if window >= p.a.e.config.ReceiveBuffer/2 {
		p.throttled.Store(false)
	}
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
	p.push(inbound{packet: appendChunk(packet, chunkData, flags, value)})
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
