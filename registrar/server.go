package registrar

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/hub"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// A Server is a registrar.
type Server struct {
	config   Config
	log      *slog.Logger
	endpoint transport.Endpoint
	hub      *hub.Hub[received]
	hs       *handlespace.Handlespace
	asap     *machine.Registrar
}

// received is a message with its type, which is known even if the rest is damaged.
type received struct {
	typ     asapmsg.Type
	message asapmsg.Message
}

// New binds the registrar's endpoint. What arrives waits for Run.
func New(ctx context.Context, config Config) (*Server, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	endpoint, err := config.Network.Listen(ctx, config.ASAP)
	if err != nil {
		return nil, err
	}
	hs := handlespace.New(handlespace.Config{Rand: config.Random, MaxElements: config.MaxElements})
	return &Server{
		config:   config,
		log:      config.Logger,
		endpoint: endpoint,
		hub:      hub.New(hub.Config[received]{Endpoint: endpoint, Decode: decode}),
		hs:       hs,
		asap:     machine.NewRegistrar(config.Machine, hs, config.Random, time.Now()),
	}, nil
}

// ID returns the registrar's identifier.
func (s *Server) ID() wire.ServerID { return s.config.Machine.ID }

// LocalAddrs returns where pool elements and pool users reach the registrar.
func (s *Server) LocalAddrs() []netip.AddrPort { return s.endpoint.LocalAddrs() }

// closeTimeout is how long peers have to take what is on its way to them at the end.
const closeTimeout = 2 * time.Second

// Run serves until the context ends, then shuts all associations down gracefully.
// A registrar runs once.
func (s *Server) Run(ctx context.Context) error {
	loop, stop := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		s.loop(loop)
	}()
	<-ctx.Done()
	shut, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	err := s.hub.Shutdown(shut)
	stop()
	<-stopped
	if errors.Is(err, context.DeadlineExceeded) {
		return nil // The rest has been aborted, and that is all there is to do.
	}
	return err
}

// loop owns the machine and the handlespace.
func (s *Server) loop(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case ev := <-s.hub.Events():
			s.hubEvent(ev)
		case <-timer.C:
			s.step(machine.Tick{})
		case <-ctx.Done():
			return
		}
		if d := s.asap.Deadline(); d.IsZero() {
			timer.Stop()
		} else {
			timer.Reset(time.Until(d))
		}
	}
}

// errPPID says that a message is not one of ASAP. The deployed implementation
// aborts the association if it is one of ENRP; others are ignored.
var errPPID = errors.New("registrar: unexpected payload protocol identifier")

func decode(m transport.Message) (received, error) {
	if m.PPID != wire.PPIDASAP {
		return received{}, errPPID
	}
	var r received
	if len(m.Data) > 0 {
		r.typ = asapmsg.Type(m.Data[0])
	}
	message, err := asapmsg.Parse(m.Data)
	r.message = message
	return r, err
}

func (s *Server) hubEvent(ev hub.Event[received]) {
	assoc := machine.AssocID(ev.Assoc)
	switch ev.Kind {
	case hub.Up:
		s.log.Debug("association up", "assoc", ev.Assoc, "peer", ev.Peer)
		s.step(machine.AssociationUp{Assoc: assoc, Dial: machine.DialID(ev.Dial), Peer: ev.Peer})
	case hub.Down:
		s.log.Debug("association down", "assoc", ev.Assoc, "error", ev.Err)
		s.step(machine.AssociationDown{Assoc: assoc})
	case hub.DialFailed:
		s.step(machine.DialFailed{Dial: machine.DialID(ev.Dial)})
	case hub.Received:
		s.message(assoc, ev)
	}
}

func (s *Server) message(assoc machine.AssocID, ev hub.Event[received]) {
	if ev.Err != nil {
		s.log.Debug("malformed message", "assoc", ev.Assoc, "error", ev.Err)
		if syntax, ok := errors.AsType[*wire.SyntaxError](ev.Err); ok {
			s.step(machine.Malformed{Assoc: assoc, Type: ev.Message.typ, Err: syntax})
		}
		return
	}
	s.log.Debug("received", "assoc", ev.Assoc, "msg", ev.Message.typ)
	event := machine.Received{Assoc: assoc, Message: ev.Message.message}
	if ev.Message.typ == asapmsg.TypeRegistration {
		if a := s.hub.Association(ev.Assoc); a != nil {
			event.RTT = a.RTT()
		}
	}
	s.step(event)
}

// step feeds the machine and does what it asks for.
func (s *Server) step(ev machine.Event) {
	for _, action := range s.asap.Step(time.Now(), ev) {
		s.act(action)
	}
}

func (s *Server) act(action machine.Action) {
	switch a := action.(type) {
	case machine.Send:
		s.log.Debug("sent", "assoc", uint64(a.Assoc), "msg", a.Message.Type())
		if errors.Is(s.hub.Send(uint64(a.Assoc), wire.PPIDASAP, a.Message), hub.ErrQueueFull) {
			s.hub.Abort(uint64(a.Assoc), "send queue full")
		}
	case machine.Dial:
		s.hub.Dial(uint64(a.Dial), a.Addrs)
	case machine.End:
		s.hub.End(uint64(a.Assoc))
	case machine.Abort:
		s.hub.Abort(uint64(a.Assoc), a.Reason)
	case machine.Announce:
		s.announce(a.ID)
	case machine.ElementRegistered:
		s.log.Info("element registered", "pool", a.Pool, "pe_id", a.ID, "assoc", uint64(a.Assoc))
	case machine.ElementRemoved:
		s.log.Info("element removed", "pool", a.Pool, "pe_id", a.ID, "reason", string(a.Reason))
	}
}

// announce sends an ASAP_SERVER_ANNOUNCE. Receivers take its source for our address;
// the transport parameter tells them the others. Loopback is of use only to those
// who hear the announce there.
func (s *Server) announce(id wire.ServerID) {
	m := asapmsg.ServerAnnounce{ServerID: id}
	t := wire.Transport{Protocol: wire.SCTP}
	for _, a := range s.endpoint.LocalAddrs() {
		t.Port = a.Port()
		if !a.Addr().IsLoopback() && !a.Addr().IsLinkLocalUnicast() {
			t.Addrs = append(t.Addrs, a.Addr())
		}
	}
	if len(t.Addrs) > 0 {
		m.Transports = []wire.Transport{t}
	}
	data, err := m.AppendBinary(nil)
	if err == nil {
		err = s.endpoint.SendMulticast(s.config.Announce, data)
	}
	if err != nil {
		s.log.Warn("announce not sent", "group", s.config.Announce, "error", err)
	}
}
