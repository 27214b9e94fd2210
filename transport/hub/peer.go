package hub

import (
	"context"
	"encoding"
	"errors"
	"sync"

	"github.com/rserpool-go/rserpool/transport"
)

// outgoing is a message that waits to be encoded and sent.
type outgoing struct {
	ppid    uint32
	message encoding.BinaryAppender
	octets  int // as far as that is known before it is encoded
}

// octetsOf returns the length of a message that tells it, and 0 for others.
func octetsOf(m encoding.BinaryAppender) int {
	if m, ok := m.(interface{ Len() int }); ok {
		return m.Len()
	}
	return 0
}

// peer is an association with its send queue.
type peer struct {
	assoc transport.Association

	order sync.Mutex // held to hand Up or Down to the owner, so that Down is the last
	down  bool       // guarded by order: Down has been handed to the owner

	mu       sync.Mutex // guards what follows
	queue    []outgoing
	sending  int           // how many messages flush has taken and not sent yet
	octets   int           // of all that are queued or being sent
	flushing bool          // a goroutine is in flush
	room     chan struct{} // closed when flush has sent all; nil if nobody waits
}

func newPeer(assoc transport.Association) *peer { return &peer{assoc: assoc} }

// put sends a message, or queues it where it would have to wait. The caller has to
// start flush if start is true.
func (p *peer) put(m outgoing, messages, octets int) (start bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue)+p.sending >= messages || octets > 0 && p.octets+m.octets > octets {
		return false, ErrQueueFull
	}
	if !p.flushing && p.send(m, p.assoc.TrySend) != transport.ErrWouldWait {
		return false, nil
	}
	p.queue = append(p.queue, m)
	p.octets += m.octets
	start = !p.flushing
	p.flushing = true
	return start, nil
}

// keptQueue is how much memory an idle queue keeps, in messages.
const keptQueue = 64

// flush sends what is queued until nothing is.
func (p *peer) flush(ctx context.Context) {
	var batch []outgoing
	sent := 0 // octets
	wait := func(m transport.Message) error { return p.assoc.Send(ctx, m) }
	for {
		p.mu.Lock()
		batch, p.queue = p.queue, batch[:0]
		p.sending = len(batch)
		p.octets -= sent
		sent = 0
		if len(batch) == 0 {
			p.flushing = false
			if cap(p.queue) > keptQueue {
				p.queue = nil
			}
			if p.room != nil {
				close(p.room)
				p.room = nil
			}
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
		for i := range batch {
			// The end of an association is reported by itself.
			_ = p.send(batch[i], wait)
			sent += batch[i].octets
			batch[i] = outgoing{}
		}
	}
}

// buffers are what messages are encoded into.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// keptBuffer is the size of the largest buffer that is kept, in octets.
const keptBuffer = 16 << 10

// send encodes a message and sends it. What cannot be sent ends the association: the
// peer would wait for it.
func (p *peer) send(m outgoing, send func(transport.Message) error) error {
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	data, err := m.message.AppendBinary((*buf)[:0])
	if err == nil {
		err = send(transport.Message{PPID: m.ppid, Data: data})
	}
	if cap(data) <= keptBuffer {
		*buf = data
	}
	if err == nil || err == transport.ErrWouldWait || errors.Is(err, context.Canceled) {
		return err
	}
	if _, ended := errors.AsType[*transport.DownError](err); !ended {
		p.assoc.Abort("internal error: " + err.Error())
	}
	return err
}

// awaitRoom waits while more than limit messages are queued.
func (p *peer) awaitRoom(ctx context.Context, limit int) {
	for {
		wait := p.waiting(limit)
		if wait == nil {
			return
		}
		select {
		case <-wait:
		case <-p.assoc.Done():
			return
		case <-ctx.Done():
			return
		}
	}
}

// drain waits until all that is queued has been sent.
func (p *peer) drain(ctx context.Context) { p.awaitRoom(ctx, 0) }

// waiting returns a channel that is closed when the queue has been sent, nil if no
// more than limit messages wait now.
func (p *peer) waiting(limit int) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue)+p.sending <= limit {
		return nil
	}
	if p.room == nil {
		p.room = make(chan struct{})
	}
	return p.room
}
