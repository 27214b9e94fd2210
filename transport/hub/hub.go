package hub

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
)

var (
	// ErrQueueFull is returned by Send for a peer that does not take its messages.
	ErrQueueFull = errors.New("hub: send queue full")
	// ErrNotUp is returned by Send for an association that is not up.
	ErrNotUp = errors.New("hub: no such association")
	// ErrPPID says that a message has not the payload protocol identifier of the hub.
	ErrPPID = errors.New("hub: unexpected payload protocol identifier")
)

// A Hub runs the associations of an endpoint. Its methods never wait, but for
// Shutdown and Close.
type Hub[M any] struct {
	config Config[M]
	log    *slog.Logger
	events chan step.Event

	life context.Context // until Close
	end  context.CancelFunc
	wg   sync.WaitGroup

	mu     sync.Mutex // guards the fields below
	peers  map[step.AssocID]*peer
	mute   bool // the last multicast message could not be sent
	closed bool
}

// New starts to run the endpoint's associations.
func New[M any](config Config[M]) *Hub[M] {
	config = config.withDefaults()
	h := &Hub[M]{
		config: config,
		log:    config.Logger,
		events: make(chan step.Event, 64),
		peers:  make(map[step.AssocID]*peer),
	}
	h.life, h.end = context.WithCancel(context.Background())
	if config.AddrsInterval > 0 {
		addrs := h.LocalAddrs()
		h.events <- step.LocalAddrs{Addrs: addrs}
		h.wg.Go(func() { h.watchAddrs(addrs) })
	}
	if config.IdleTimeout > 0 {
		h.wg.Go(h.endIdle)
	}
	if config.Group != nil {
		h.wg.Go(h.hear)
	}
	h.wg.Go(h.accept)
	return h
}

// LocalAddrs returns where the endpoint can be reached.
func (h *Hub[M]) LocalAddrs() []netip.AddrPort { return h.config.Endpoint.LocalAddrs() }

// Events returns the channel of events, which the owner must go on reading until
// Close. While it does not, nothing is read from peers. The kinds of events are those of
// package step, with messages of type M.
func (h *Hub[M]) Events() <-chan step.Event { return h.events }

// Shutdown sends the queued messages, shuts all associations down gracefully, and
// closes. Half of the time until the context's deadline is for the queues. When the
// context ends, the remaining associations are aborted.
func (h *Hub[M]) Shutdown(ctx context.Context) error {
	h.mu.Lock()
	peers := make([]*peer, 0, len(h.peers))
	for _, p := range h.peers {
		peers = append(peers, p)
	}
	h.mu.Unlock()
	draining := ctx
	if end, ok := ctx.Deadline(); ok {
		// A peer that does not read must not keep others from a graceful end.
		var cancel context.CancelFunc
		draining, cancel = context.WithTimeout(ctx, time.Until(end)/2)
		defer cancel()
	}
	var err error
	for _, p := range peers {
		if p.drain(draining); p.roomFor(amount{}) != nil {
			err = draining.Err()
			p.assoc.Abort("shutdown timed out")
		}
	}
	return errors.Join(err, h.config.Endpoint.Shutdown(ctx), h.Close())
}

// Close aborts all associations, closes the endpoint and leaves the group. It returns when
// no goroutine of the hub is left.
func (h *Hub[M]) Close() error {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.end()
	err := h.config.Endpoint.Close()
	if h.config.Group != nil {
		err = errors.Join(err, h.config.Group.Close())
	}
	h.wg.Wait()
	return err
}

// spawn starts a goroutine, unless the hub is being closed and waits for its goroutines.
func (h *Hub[M]) spawn(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.wg.Go(f)
	}
}

func (h *Hub[M]) peer(assoc step.AssocID) *peer {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.peers[assoc]
}

// post hands an event to the owner, or drops it when the hub is being closed.
func (h *Hub[M]) post(ev step.Event) {
	select {
	case h.events <- ev:
	case <-h.life.Done():
	}
}

// isTracing reports whether messages are logged: the arguments of a record are not free.
func (h *Hub[M]) isTracing() bool { return h.log.Enabled(h.life, slog.LevelDebug) }

// watchAddrs tells the owner of changes of the local addresses.
func (h *Hub[M]) watchAddrs(last []netip.AddrPort) {
	ticker := time.NewTicker(h.config.AddrsInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-h.life.Done():
			return
		}
		if addrs := h.LocalAddrs(); !slices.Equal(addrs, last) {
			last = addrs
			h.post(step.LocalAddrs{Addrs: addrs})
		}
	}
}

// hear hands the messages of the multicast group to the owner.
func (h *Hub[M]) hear() {
	for {
		data, source, err := h.config.Group.Receive(h.life)
		if err != nil {
			return // Only closing ends it.
		}
		m, err := h.config.Parse(data)
		if err != nil {
			h.log.Debug("datagram ignored", "source", source, "error", err)
			continue
		}
		if h.isTracing() {
			h.log.Debug("multicast received", "source", source, "msg", m)
		}
		h.post(step.Heard[M]{Source: source, Message: m})
	}
}
