package hub

import (
	"cmp"
	"context"
	"encoding"
	"errors"
	"net/netip"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/transport"
)

var (
	// ErrQueueFull is returned by Send when the peer does not take what is sent.
	ErrQueueFull = errors.New("hub: send queue full")
	// ErrNotUp is returned by Send for an association that is not up.
	ErrNotUp = errors.New("hub: no such association")
)

// Config configures a [Hub].
type Config[M any] struct {
	// Endpoint is whose associations are run. The hub closes it.
	Endpoint transport.Endpoint

	// Decode decodes a message. It is called in the goroutines of the
	// associations.
	Decode func(transport.Message) (M, error)

	// QueueLimit is how many messages may wait to be sent to one peer. 0: 4096.
	QueueLimit int

	// QueueOctets is how many octets may wait to be sent to one peer. It counts
	// messages that tell their length by a method Len, which large ones should have.
	// 0: no limit.
	QueueOctets int

	// ReadLimit is how many messages may wait to be sent to a peer for the hub to
	// read from it. It reads again when all of them are sent. 0: no limit.
	ReadLimit int

	// DialTimeout limits the opening of an association. 0: 7.5 seconds.
	DialTimeout time.Duration

	// ShutdownTimeout limits the graceful end of an association, after which it is
	// aborted. 0: 5 seconds.
	ShutdownTimeout time.Duration
}

// A Hub runs the associations of an endpoint. Its methods never wait, but for
// Shutdown and Close.
type Hub[M any] struct {
	config Config[M]
	events chan Event[M]

	life context.Context // until Close
	end  context.CancelFunc
	wg   sync.WaitGroup

	mu     sync.Mutex // guards what follows
	peers  map[uint64]*peer
	closed bool
}

// New starts to run the endpoint's associations.
func New[M any](config Config[M]) *Hub[M] {
	config.QueueLimit = cmp.Or(config.QueueLimit, 4096)
	config.DialTimeout = cmp.Or(config.DialTimeout, 7500*time.Millisecond)
	config.ShutdownTimeout = cmp.Or(config.ShutdownTimeout, 5*time.Second)
	h := &Hub[M]{
		config: config,
		events: make(chan Event[M], 64),
		peers:  make(map[uint64]*peer),
	}
	h.life, h.end = context.WithCancel(context.Background())
	h.wg.Go(h.accept)
	return h
}

// LocalAddrs returns where the endpoint can be reached.
func (h *Hub[M]) LocalAddrs() []netip.AddrPort { return h.config.Endpoint.LocalAddrs() }

// Events returns the channel of events, which the owner must go on reading until
// Close. While it does not, nothing is read from peers.
func (h *Hub[M]) Events() <-chan Event[M] { return h.events }

// Dial opens an association with a peer of the given addresses. Up or DialFailed
// with the token answers.
func (h *Hub[M]) Dial(token uint64, addrs []netip.AddrPort) {
	h.spawn(func() {
		ctx, cancel := context.WithTimeout(h.life, h.config.DialTimeout)
		defer cancel()
		assoc, err := h.config.Endpoint.Dial(ctx, addrs)
		if err != nil {
			h.post(Event[M]{Kind: DialFailed, Dial: token, Err: err})
			return
		}
		h.run(assoc, token)
	})
}

// Send sends a message, or queues it while there is no room for it in the association.
// It must not change any more, since it may be encoded later.
func (h *Hub[M]) Send(assoc uint64, ppid uint32, m encoding.BinaryAppender) error {
	p := h.peer(assoc)
	if p == nil {
		return ErrNotUp
	}
	start, err := p.put(outgoing{ppid, m, octetsOf(m)}, h.config.QueueLimit, h.config.QueueOctets)
	if start {
		h.spawn(func() { p.flush(h.life) })
	}
	return err
}

// Waiting returns how many messages wait to be sent to a peer.
func (h *Hub[M]) Waiting(assoc uint64) int {
	p := h.peer(assoc)
	if p == nil {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.queue) + p.sending
}

// End shuts an association down gracefully when all that is queued has been sent.
func (h *Hub[M]) End(assoc uint64) {
	p := h.peer(assoc)
	if p == nil {
		return
	}
	h.spawn(func() {
		ctx, cancel := context.WithTimeout(h.life, h.config.ShutdownTimeout)
		defer cancel()
		p.drain(ctx)
		_ = p.assoc.Shutdown(ctx) // Down tells how it ended.
	})
}

// Abort ends an association at once.
func (h *Hub[M]) Abort(assoc uint64, reason string) {
	if p := h.peer(assoc); p != nil {
		p.assoc.Abort(reason)
	}
}

// Association returns an association that is up, or nil.
func (h *Hub[M]) Association(assoc uint64) transport.Association {
	if p := h.peer(assoc); p != nil {
		return p.assoc
	}
	return nil
}

// Shutdown sends what is queued, shuts all associations down gracefully, and
// closes. What is not done when the context ends is aborted; what is queued has half of
// the time until then.
func (h *Hub[M]) Shutdown(ctx context.Context) error {
	h.mu.Lock()
	peers := make([]*peer, 0, len(h.peers))
	for _, p := range h.peers {
		peers = append(peers, p)
	}
	h.mu.Unlock()
	draining := ctx
	if end, ok := ctx.Deadline(); ok {
		// A peer that does not read is to keep no other one from a graceful end.
		var cancel context.CancelFunc
		draining, cancel = context.WithTimeout(ctx, time.Until(end)/2)
		defer cancel()
	}
	var err error
	for _, p := range peers {
		if p.drain(draining); p.waiting(0) != nil {
			err = draining.Err()
			p.assoc.Abort("shutdown timed out")
		}
	}
	return errors.Join(err, h.config.Endpoint.Shutdown(ctx), h.Close())
}

// Close aborts all associations and closes the endpoint. It returns when no
// goroutine of the hub is left.
func (h *Hub[M]) Close() error {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.end()
	err := h.config.Endpoint.Close()
	h.wg.Wait()
	return err
}

// spawn starts a goroutine, unless the hub is being closed and waits for those there
// are.
func (h *Hub[M]) spawn(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.wg.Go(f)
	}
}

func (h *Hub[M]) peer(assoc uint64) *peer {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.peers[assoc]
}

// accept takes associations that peers open.
func (h *Hub[M]) accept() {
	for {
		assoc, err := h.config.Endpoint.Accept(h.life)
		if err != nil {
			return // Only closing ends it.
		}
		h.run(assoc, 0)
	}
}

// run starts to read an association, unless that is done already.
func (h *Hub[M]) run(assoc transport.Association, dial uint64) {
	up := Event[M]{Kind: Up, Assoc: assoc.ID(), Dial: dial, Peer: assoc.RemoteAddrs()}
	h.mu.Lock()
	p, running := h.peers[assoc.ID()]
	if err := assoc.Err(); err != nil && !running && dial != 0 {
		// A dial may have found one that has been up, and of which Down was told.
		h.mu.Unlock()
		h.post(Event[M]{Kind: DialFailed, Dial: dial, Err: err})
		return
	}
	if !running && !h.closed {
		p = newPeer(assoc)
		h.peers[assoc.ID()] = p
		h.wg.Go(func() { h.read(p, up) })
	}
	h.mu.Unlock()
	if running {
		h.found(p, up)
	}
}

// found tells the owner that a dial has found an association that was up already. If it
// is not any more, the dial has failed: Down comes last.
func (h *Hub[M]) found(p *peer, up Event[M]) {
	p.order.Lock()
	defer p.order.Unlock()
	if p.down {
		up = Event[M]{Kind: DialFailed, Dial: up.Dial, Err: p.assoc.Err()}
	}
	h.post(up)
}

// read hands what an association brings to the owner, from its beginning to its end.
func (h *Hub[M]) read(p *peer, up Event[M]) {
	h.post(up)
	for {
		if h.config.ReadLimit > 0 {
			p.awaitRoom(h.life, h.config.ReadLimit-1)
		}
		raw, err := p.assoc.Receive(h.life)
		if err != nil {
			h.mu.Lock()
			delete(h.peers, up.Assoc)
			h.mu.Unlock()
			p.order.Lock()
			defer p.order.Unlock()
			p.down = true
			h.post(Event[M]{Kind: Down, Assoc: up.Assoc, Err: err})
			return
		}
		h.post(h.decode(up.Assoc, raw))
	}
}

// post hands an event to the owner, or drops it when the hub is being closed.
func (h *Hub[M]) post(ev Event[M]) {
	select {
	case h.events <- ev:
	case <-h.life.Done():
	}
}
