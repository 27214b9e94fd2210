package registrar

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/registrar/internal/core"
	"github.com/rserpool-go/rserpool/transport/hub"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// endpoint is the endpoint of a side: a hub for the messages of its protocol.
type endpoint interface {
	LocalAddrs() []netip.AddrPort
	Events() <-chan step.Event
	Do(step.Action) bool
	Shutdown(ctx context.Context) error
	Close() error
}

const (
	// addrsInterval is the time between two looks at the host's addresses, which announces
	// tell others.
	addrsInterval = time.Second
	// readLimit is the number of messages that may wait for a pool element or pool user
	// of which more is read.
	readLimit = 128
	// unaskedLimit is the number of messages that may wait when a pool user is sent
	// another one that it has not asked for: more than answers alone can be. Subscribers
	// that do not read would fill the memory.
	unaskedLimit = 2 * readLimit
)

// listen binds the endpoints of both sides.
func (s *Server) listen(ctx context.Context) error {
	asap, err := s.listenASAP(ctx)
	if err != nil {
		return err
	}
	enrp, err := s.listenENRP(ctx)
	if err != nil {
		return errors.Join(err, asap.Close())
	}
	s.sides = [core.NumSides]endpoint{core.ASAP: asap, core.ENRP: enrp}
	return nil
}

// listenASAP binds the endpoint for pool elements and pool users.
func (s *Server) listenASAP(ctx context.Context) (endpoint, error) {
	bound, err := s.config.Network.Listen(ctx, s.config.ASAP)
	if err != nil {
		return nil, err
	}
	return hub.New(hub.Config[asapmsg.Message]{
		Endpoint:      bound,
		PPID:          wire.PPIDASAP,
		Parse:         asapmsg.Parse,
		NeedsRTT:      hasDistance,
		Multicast:     s.config.Announce,
		AddrsInterval: addrsInterval,
		QueueLimit:    1 << 16, // For the keep-alives of a host with that many elements.
		UnaskedLimit:  unaskedLimit,
		ReadLimit:     readLimit,
		// An element that was taken over from a dead registrar and is dead itself must not
		// be offered much longer than any other element that has died.
		DialTimeout: min(7500*time.Millisecond, time.Second+2*cmp.Or(s.config.Elements.KeepAliveTimeout, 5*time.Second)),
		Logger:      s.log.With("protocol", "ASAP"),
	}), nil
}

// hasDistance reports whether a message registers an element whose policy uses the
// distance to the element.
func hasDistance(m asapmsg.Message) bool {
	r, ok := m.(*asapmsg.Registration)
	return ok && r.PoolElement.Policy.Type.Fields()&wire.FieldDistance != 0
}

// listenENRP binds the endpoint for other registrars.
func (s *Server) listenENRP(ctx context.Context) (endpoint, error) {
	config := hub.Config[enrpmsg.Message]{
		PPID:          wire.PPIDENRP,
		Parse:         enrpmsg.Parse,
		NeedsRTT:      func(enrpmsg.Message) bool { return true },
		Multicast:     s.config.Presence,
		AddrsInterval: addrsInterval,
		DialTimeout:   5 * time.Second,
		QueueLimit:    16384,
		QueueOctets:   8 << 20, // More than so many Handle Updates, but few parts of tables.
		Logger:        s.log.With("protocol", "ENRP"),
	}
	var err error
	if s.config.Presence.IsValid() {
		if config.Group, err = s.config.Network.Join(ctx, s.config.Presence); err != nil {
			return nil, err
		}
	}
	if config.Endpoint, err = s.config.Network.Listen(ctx, s.config.ENRP); err != nil {
		if config.Group != nil {
			err = errors.Join(err, config.Group.Close())
		}
		return nil, err
	}
	return hub.New(config), nil
}
