package asap

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/hub"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// A Node is an ASAP endpoint: what a program's pool elements and pool users have in
// common. Its methods may be called by several goroutines.
type Node struct {
	config Config
	log    *slog.Logger

	hub       *hub.Hub[received]
	group     transport.Group // nil without announces
	announces chan machine.Announced
	calls     chan func(now time.Time) // run by the loop

	life     context.Context // until Close
	end      context.CancelFunc
	wg       sync.WaitGroup
	close    sync.Once
	closeErr error

	// The loop's own.
	client      *machine.Client
	refs        machine.Ref
	tokens      machine.Token
	listeners   map[machine.Ref]*Listener
	sessions    map[*Session]struct{}
	resolutions map[machine.Token]chan<- resolution
	homeSince   time.Time // when the home became that, if there is one
	closing     bool      // no further listeners and sessions
}

// NewNode opens an ASAP endpoint. It does not wait for a registrar.
func NewNode(ctx context.Context, config Config) (*Node, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	endpoint, err := config.Network.Listen(ctx, config.Local)
	if err != nil {
		return nil, err
	}
	n := &Node{
		config:      config,
		log:         config.Logger,
		announces:   make(chan machine.Announced),
		calls:       make(chan func(time.Time)),
		client:      machine.NewClient(config.client(), config.Random),
		listeners:   make(map[machine.Ref]*Listener),
		sessions:    make(map[*Session]struct{}),
		resolutions: make(map[machine.Token]chan<- resolution),
	}
	if !config.NoAnnounce {
		if n.group, err = config.Network.Join(ctx, config.Announce); err != nil {
			return nil, errors.Join(err, endpoint.Close())
		}
	}
	n.life, n.end = context.WithCancel(context.Background())
	n.hub = hub.New(hub.Config[received]{
		Endpoint:    endpoint,
		Decode:      decode,
		DialTimeout: config.ConnectTimeout,
		QueueOctets: 1 << 20, // Of reports that the registrar has caused and does not take.
	})
	if n.group != nil {
		n.wg.Go(n.hearAnnounces)
	}
	n.wg.Go(n.loop)
	return n, nil
}

// errNotASAP is for messages that have no business at an ASAP endpoint. They are
// ignored.
var errNotASAP = errors.New("asap: payload protocol identifier is not that of ASAP")

// received is a message with its type, which is known even if the rest is damaged.
type received struct {
	typ     asapmsg.Type
	message asapmsg.Message
}

func decode(m transport.Message) (received, error) {
	if m.PPID != wire.PPIDASAP {
		return received{}, errNotASAP
	}
	var r received
	if len(m.Data) > 0 {
		r.typ = asapmsg.Type(m.Data[0])
	}
	message, err := asapmsg.Parse(m.Data)
	r.message = message
	return r, err
}

// LocalAddrs returns where the ASAP endpoint can be reached.
func (n *Node) LocalAddrs() []netip.AddrPort { return n.hub.LocalAddrs() }

// Close ends the node: its listeners and sessions are closed, as gracefully as the
// context allows, and then the ASAP endpoint.
func (n *Node) Close(ctx context.Context) error {
	n.close.Do(func() { n.closeErr = n.shut(ctx) })
	return n.closeErr
}

func (n *Node) shut(ctx context.Context) error {
	var open []interface{ Close(context.Context) error }
	// This takes no time, and must be done even if the context is over.
	_ = n.call(n.life, func(time.Time) {
		n.closing = true
		for _, l := range n.listeners {
			open = append(open, l)
		}
		for s := range n.sessions {
			open = append(open, s)
		}
	})
	errs := make([]error, len(open))
	var closers sync.WaitGroup
	for i, c := range open {
		closers.Go(func() { errs[i] = c.Close(ctx) })
	}
	closers.Wait()
	errs = append(errs, n.hub.Shutdown(ctx))
	n.end()
	if n.group != nil {
		errs = append(errs, n.group.Close())
	}
	n.wg.Wait()
	return errors.Join(errs...)
}

// call has the loop run f, and returns when it has.
func (n *Node) call(ctx context.Context, f func(now time.Time)) error {
	done := make(chan struct{})
	wrapped := func(now time.Time) {
		f(now)
		close(done)
	}
	select {
	case n.calls <- wrapped:
		<-done
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-n.life.Done():
		return ErrClosed
	}
}

// loop owns the machine.
func (n *Node) loop() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	addrs := time.NewTicker(addrsInterval)
	defer addrs.Stop()
	for {
		if d := n.client.Deadline(); d.IsZero() {
			timer.Stop()
		} else {
			timer.Reset(time.Until(d))
		}
		select {
		case ev := <-n.hub.Events():
			n.hubEvent(ev)
		case ev := <-n.announces:
			n.step(time.Now(), ev)
		case f := <-n.calls:
			f(time.Now())
		case <-timer.C:
			n.step(time.Now(), machine.Tick{})
		case <-addrs.C:
			for _, l := range n.listeners {
				l.refreshAddrs(time.Now())
			}
		case <-n.life.Done():
			return
		}
	}
}

// addrsInterval is how often changes of the host's addresses are looked for.
const addrsInterval = 5 * time.Second

func (n *Node) hubEvent(ev hub.Event[received]) {
	now, assoc := time.Now(), machine.AssocID(ev.Assoc)
	switch ev.Kind {
	case hub.Up:
		n.step(now, machine.AssociationUp{Assoc: assoc, Dial: machine.DialID(ev.Dial), Peer: ev.Peer})
	case hub.Down:
		n.log.Debug("association down", "assoc", ev.Assoc, "error", ev.Err)
		n.step(now, machine.AssociationDown{Assoc: assoc})
	case hub.DialFailed:
		n.log.Debug("registrar not reached", "error", ev.Err)
		n.step(now, machine.DialFailed{Dial: machine.DialID(ev.Dial)})
	case hub.Received:
		if ev.Err != nil {
			n.log.Debug("message ignored", "assoc", ev.Assoc, "error", ev.Err)
			if syntax, ok := errors.AsType[*wire.SyntaxError](ev.Err); ok {
				n.step(now, machine.Malformed{Assoc: assoc, Type: ev.Message.typ, Err: syntax})
			}
			return
		}
		n.log.Debug("received", "assoc", ev.Assoc, "msg", ev.Message.typ)
		n.step(now, machine.Received{Assoc: assoc, Message: ev.Message.message})
	}
}

// step feeds the machine and does what it asks for.
func (n *Node) step(now time.Time, ev machine.Event) {
	for _, action := range n.client.Step(now, ev) {
		n.act(action)
	}
}

func (n *Node) act(action machine.Action) {
	switch a := action.(type) {
	case machine.Send:
		n.log.Debug("sent", "assoc", uint64(a.Assoc), "msg", a.Message.Type())
		if errors.Is(n.hub.Send(uint64(a.Assoc), wire.PPIDASAP, a.Message), hub.ErrQueueFull) {
			n.hub.Abort(uint64(a.Assoc), "send queue full")
		}
	case machine.Dial:
		n.hub.Dial(uint64(a.Dial), a.Addrs)
	case machine.End:
		n.hub.End(uint64(a.Assoc))
	case machine.Abort:
		n.hub.Abort(uint64(a.Assoc), a.Reason)
	case machine.Resolved:
		n.answer(a.Token, resolution{policy: a.Policy, elements: a.Elements, causes: a.Causes})
	case machine.ResolveFailed:
		err := ErrTimeout
		if a.NoRegistrar {
			err = ErrNoRegistrar
		}
		n.answer(a.Token, resolution{err: err})
	case machine.HomeChanged:
		n.homeSince = time.Now()
		log := n.log
		if a.ID != 0 { // It is told by announces, and by keep-alives later on.
			log = log.With("peer_id", a.ID)
		}
		log.Info("home registrar", "peer", a.Peer)
	case machine.HomeLost:
		if n.closing {
			return
		}
		level := slog.LevelWarn
		if len(n.listeners) == 0 {
			level = slog.LevelInfo // Registrars may end associations that are not used.
		}
		n.log.Log(n.life, level, "home registrar lost")
		for _, l := range n.listeners {
			l.notify(Lost{})
		}
	case machine.Registered:
		n.listeners[a.Ref].notify(Registered{ID: a.ID, Home: a.Home})
	case machine.Rejected:
		n.listeners[a.Ref].notify(Rejected{Err: &RejectedError{Causes: a.Causes}})
	case machine.Deregistered:
		if l := n.listeners[a.Ref]; l != nil {
			delete(n.listeners, a.Ref)
			l.deregistered(a.Causes)
		}
	}
}

// hearAnnounces passes announces of registrars to the loop.
func (n *Node) hearAnnounces() {
	for {
		data, source, err := n.group.Receive(n.life)
		if err != nil {
			return // Only closing ends it.
		}
		m, err := asapmsg.Parse(data)
		announce, ok := m.(*asapmsg.ServerAnnounce)
		if err != nil || !ok {
			n.log.Debug("datagram ignored", "source", source, "error", err)
			continue
		}
		select {
		case n.announces <- machine.Announced{ID: announce.ServerID, Addrs: announcedAddrs(announce, source)}:
		case <-n.life.Done():
			return
		}
	}
}

// announcedAddrs returns where the registrar can be reached: at the datagram's
// source (its port is that of ASAP, see [asapmsg.ServerAnnounce]), and at the
// addresses that it lists. Loopback is believed only from loopback.
func announcedAddrs(m *asapmsg.ServerAnnounce, source netip.AddrPort) []netip.AddrPort {
	for i := range m.Transports {
		t := &m.Transports[i]
		if t.Protocol != wire.SCTP {
			continue
		}
		addrs := []netip.AddrPort{netip.AddrPortFrom(source.Addr(), t.Port)}
		for _, a := range t.AddrPorts() {
			if a != addrs[0] && a.Addr().IsLoopback() == source.Addr().IsLoopback() && !a.Addr().IsLinkLocalUnicast() {
				addrs = append(addrs, a)
			}
		}
		return addrs
	}
	return []netip.AddrPort{source}
}
