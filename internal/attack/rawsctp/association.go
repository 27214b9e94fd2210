package rawsctp

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"time"
)

// Values of an association unless its caller sets others.
const (
	Streams       = 16
	DefaultWindow = 1 << 20 // octets
)

const (
	handshakeTrials = 3
	answerWait      = time.Second
	readBuffer      = 4 << 20 // octets that the kernel keeps for a socket
	maxPacket       = 4096    // octets; the programs send 1232 at most
	paramCookie     = 7       // State Cookie in an INIT ACK (3.3.3)
)

// An AbortError reports that the peer has aborted the association.
type AbortError struct{ Causes []byte }

// Error returns the causes as they are.
func (e *AbortError) Error() string { return fmt.Sprintf("aborted by the peer: %q", e.Causes) }

// ErrSilent reports that a handshake has got no answer.
var ErrSilent = errors.New("no answer to the handshake")

// An Association is the client's side of an association. A single goroutine receives; any goroutine may send.
type Association struct {
	conn        *net.UDPConn
	source      uint16
	destination uint16
	peerTag     uint32

	// Tag, TSN and Window are those of the next handshake: the own verification tag, the first TSN, and the octets
	// that the peer may send before a SACK.
	Tag, TSN, Window uint32

	// Cumulative is the last TSN of the peer in an unbroken sequence.
	Cumulative uint32

	// Cookie is the state cookie of the last handshake.
	Cookie []byte

	packet [maxPacket]byte // of the goroutine that receives
}

// Open opens a socket for an association. A source without an address stands for any, and port 0 for a free port.
func Open(source, destination netip.AddrPort) (*Association, error) {
	var local *net.UDPAddr
	if source.IsValid() {
		local = net.UDPAddrFromAddrPort(source)
	}
	conn, err := net.DialUDP("udp", local, net.UDPAddrFromAddrPort(destination))
	if err != nil {
		return nil, err
	}
	_ = conn.SetReadBuffer(readBuffer) // The kernel may allow less.
	return &Association{
		conn:        conn,
		source:      conn.LocalAddr().(*net.UDPAddr).AddrPort().Port(),
		destination: destination.Port(),
		Tag:         rand.Uint32() | 1,
		TSN:         rand.Uint32(),
		Window:      DefaultWindow,
	}, nil
}

// Dial is Open with a handshake.
func Dial(ctx context.Context, source, destination netip.AddrPort) (*Association, error) {
	a, err := Open(source, destination)
	if err != nil {
		return nil, err
	}
	if err := a.Handshake(ctx); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// Close closes the socket. The peer is not told.
func (a *Association) Close() error { return a.conn.Close() }

// Abort sends an ABORT, and closes the socket.
func (a *Association) Abort() error {
	return errors.Join(a.Send(Chunk{Type: TypeAbort}), a.Close())
}

// Send sends a packet with the verification tag of the peer.
func (a *Association) Send(chunks ...Chunk) error {
	return a.SendPacket(Packet{Source: a.source, Destination: a.destination, Tag: a.peerTag, Chunks: chunks})
}

// SendPacket sends any packet from the socket.
func (a *Association) SendPacket(p Packet) error { return a.SendDatagram(p.Append(nil)) }

// SendDatagram sends any octets from the socket. An ICMP message about an earlier datagram is not an error of this one.
func (a *Association) SendDatagram(b []byte) error {
	_, err := a.conn.Write(b)
	if isRefused(err) {
		_, err = a.conn.Write(b)
	}
	return err
}

// Destination returns the SCTP port of the peer.
func (a *Association) Destination() uint16 { return a.destination }

// Receive returns the chunks of the next valid packet, or an error after the given time. The next call overwrites the
// chunks.
func (a *Association) Receive(wait time.Duration) ([]Chunk, error) {
	_ = a.conn.SetReadDeadline(time.Now().Add(wait)) // It fails on a closed socket, as the read does.
	for {
		n, err := a.conn.Read(a.packet[:])
		if err != nil {
			if isRefused(err) {
				continue
			}
			return nil, err
		}
		if p, err := ParsePacket(a.packet[:n]); err == nil && len(p.Chunks) > 0 {
			return p.Chunks, nil
		}
	}
}

// Handshake opens the association (5.1). A repeated call restarts it from the same port (5.2).
func (a *Association) Handshake(ctx context.Context) error {
	err := error(ErrSilent)
	for range handshakeTrials {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var done bool
		if done, err = a.tryHandshake(); done {
			return err
		}
	}
	return err
}

// tryHandshake sends INIT and COOKIE ECHO. done is false if a packet was lost.
func (a *Association) tryHandshake() (done bool, err error) {
	a.peerTag = 0
	if err := a.Send(Init{Tag: a.Tag, Window: a.Window, Streams: Streams, TSN: a.TSN}.Chunk()); err != nil {
		return true, err
	}
	ack, err := a.await(TypeInitAck)
	if err != nil {
		return isAbort(err), err
	}
	i, ok := ParseInit(ack)
	if !ok {
		return true, ErrTruncated
	}
	a.peerTag, a.Cumulative, a.Cookie = i.Tag, i.TSN-1, cookieOf(ack)
	if err := a.Send(Chunk{Type: TypeCookieEcho, Value: a.Cookie}); err != nil {
		return true, err
	}
	_, err = a.await(TypeCookieAck)
	return err == nil || isAbort(err), err
}

// await returns the next chunk of a type at the start of a packet.
func (a *Association) await(t ChunkType) (Chunk, error) {
	for deadline := time.Now().Add(answerWait); ; {
		chunks, err := a.Receive(time.Until(deadline))
		if err != nil {
			return Chunk{}, fmt.Errorf("%w: %w", ErrSilent, err)
		}
		switch chunks[0].Type {
		case t:
			return chunks[0], nil
		case TypeAbort:
			return Chunk{}, &AbortError{chunks[0].Value}
		}
	}
}

// cookieOf returns a copy of the State Cookie in an INIT ACK.
func cookieOf(ack Chunk) []byte {
	for p := ack.Value[initLen:]; len(p) >= chunkHeaderLen; {
		length := int(binary.BigEndian.Uint16(p[2:]))
		if length < chunkHeaderLen || length > len(p) {
			break
		}
		if binary.BigEndian.Uint16(p) == paramCookie {
			return append([]byte(nil), p[chunkHeaderLen:length]...)
		}
		p = p[min(paddedLen(length), len(p)):]
	}
	return nil
}

func isAbort(err error) bool {
	_, ok := errors.AsType[*AbortError](err)
	return ok
}
