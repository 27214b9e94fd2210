package hub

import (
	"bytes"
	"context"
	"encoding"
	"errors"
	"sync"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/budget"
)

// peer is an association with its send queue.
type peer struct {
	assoc transport.Association
	ppid  uint32
	use   use

	order sync.Mutex // held to hand Up or Down to the owner, so that Down is the last
	down  bool       // guarded by order: Down has been handed to the owner

	mu       sync.Mutex    // guards what follows
	queue    [][]byte      // encoded messages
	waiting  amount        // all messages that are queued or being sent
	flushing bool          // a goroutine is in flush
	room     chan struct{} // closed when flush has sent all; nil if nobody waits
}

// amount is a number of messages that wait to be sent, and the memory for them. As a limit, it
// is exceeded by more of either.
type amount struct{ messages, octets int }

// exceeds reports whether an amount is above a limit. A limit of 0 octets is no limit.
func (a amount) exceeds(limit amount) bool {
	return a.messages > limit.messages || limit.octets > 0 && a.octets > limit.octets
}

func newPeer(assoc transport.Association, ppid uint32) *peer { return &peer{assoc: assoc, ppid: ppid} }

// put sends a message, or queues it where it would have to wait. The caller has to
// start flush if start is true.
func (p *peer) put(m encoding.BinaryAppender, limit amount) (start bool, err error) {
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	data, err := m.AppendBinary((*buf)[:0])
	if err != nil {
		p.abortFor(err)
		return false, nil
	}
	if cap(data) <= keptBuffer {
		*buf = data
	}
	p.use.note()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.with(data).exceeds(limit) {
		return false, ErrQueueFull
	}
	if !p.flushing {
		if err := p.assoc.TrySend(transport.Message{PPID: p.ppid, Data: data}); err != transport.ErrWouldWait {
			p.abortFor(err)
			return false, nil
		}
	}
	p.waiting = p.with(data)
	p.assoc.Hold(sizeOf(data))
	p.queue = append(p.queue, bytes.Clone(data))
	start = !p.flushing
	p.flushing = true
	return start, nil
}

// sizeOf returns the memory for a message that waits.
func sizeOf(data []byte) int { return len(data) + budget.PerMessage }

// with returns the amount that waits together with another message. The lock must be held.
func (p *peer) with(data []byte) amount {
	return amount{p.waiting.messages + 1, p.waiting.octets + sizeOf(data)}
}

// keptQueue is how much memory an idle queue keeps, in messages.
const keptQueue = 64

// flush sends what is queued until nothing is.
func (p *peer) flush(ctx context.Context) {
	var batch [][]byte
	for {
		p.mu.Lock()
		batch, p.queue = p.queue, batch[:0]
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
		for i, data := range batch {
			p.abortFor(p.assoc.Send(ctx, transport.Message{PPID: p.ppid, Data: data}))
			p.remove(data)
			batch[i] = nil
		}
	}
}

// remove notes that a message waits no more.
func (p *peer) remove(data []byte) {
	p.assoc.Hold(-sizeOf(data))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting.messages--
	p.waiting.octets -= sizeOf(data)
}

// buffers are what messages are encoded into.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// keptBuffer is the size of the largest buffer that is kept, in octets.
const keptBuffer = 64 << 10

// abortFor ends the association if a message could not be sent: the peer would wait for it. The
// end of an association, and of the hub, are reported by themselves.
func (p *peer) abortFor(err error) {
	if err == nil || errors.Is(err, context.Canceled) {
		return
	}
	if _, ended := errors.AsType[*transport.DownError](err); !ended {
		p.assoc.Abort("internal error: " + err.Error())
	}
}

// awaitRoom waits while more than limit is queued.
func (p *peer) awaitRoom(ctx context.Context, limit amount) {
	for {
		wait := p.roomFor(limit)
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
func (p *peer) drain(ctx context.Context) { p.awaitRoom(ctx, amount{}) }

// roomFor returns a channel that is closed when the queue has been sent, nil if no more than
// limit waits now.
func (p *peer) roomFor(limit amount) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.waiting.exceeds(limit) {
		return nil
	}
	if p.room == nil {
		p.room = make(chan struct{})
	}
	return p.room
}
