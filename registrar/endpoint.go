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
	// addrsInterval is the time between two looks at the addresses of the host, which
	// announces carry.
	addrsInterval = time.Second
	// readLimit is the number of messages that may wait to be sent to a pool element or
	// pool user while the registrar reads from it.
	readLimit = 128
	// readOctets is readLimit in octets. The transport has a send queue as well, so one large
	// answer in the hub is enough.
	readOctets = 64 << 10
	// unaskedLimit is the number of messages that may wait when a pool user is sent an
	// update of its subscription. Answers alone stay below it, because of readLimit. The
	// updates for subscribers that do not read would fill the memory.
	unaskedLimit = 2 * readLimit
)

// bindEndpoints binds the endpoints of both sides.
func bindEndpoints(ctx context.Context, config *Config) (both [core.NumSides]endpoint, err error) {
	asap, err := bindASAP(ctx, config)
	if err != nil {
		return both, err
	}
	enrp, err := bindENRP(ctx, config)
	if err != nil {
		return both, errors.Join(err, asap.Close())
	}
	return [core.NumSides]endpoint{core.ASAP: asap, core.ENRP: enrp}, nil
}

// bindASAP binds the endpoint for pool elements and pool users.
func bindASAP(ctx context.Context, config *Config) (endpoint, error) {
	bound, err := config.Network.Listen(ctx, *config.ASAP)
	if err != nil {
		return nil, err
	}
	return hub.New(hub.Config[asapmsg.Message]{
		Endpoint:      bound,
		PPID:          wire.PPIDASAP,
		Parse:         asapmsg.Parse,
		NeedsRTT:      hasDistance,
		Multicast:     config.announces(),
		AddrsInterval: addrsInterval,
		QueueLimit:    1 << 16, // For the keep-alives of a host with that many elements.
		UnaskedLimit:  unaskedLimit,
		IdleTimeout:   config.IdleTimeout,
		ReadLimit:     readLimit,
		ReadOctets:    readOctets,
		// An element that died together with its registrar must not be offered much longer
		// after the takeover than any other dead element.
		DialTimeout: min(7500*time.Millisecond, time.Second+2*cmp.Or(config.Elements.KeepAliveTimeout, 5*time.Second)),
		Logger:      config.Logger.With("protocol", "ASAP"),
	}), nil
}

// hasDistance reports whether a message registers an element whose policy uses the
// distance to the element.
func hasDistance(m asapmsg.Message) bool {
	r, ok := m.(*asapmsg.Registration)
	return ok && r.PoolElement.Policy.Type.Fields()&wire.FieldDistance != 0
}

// bindENRP binds the endpoint for other registrars, and joins their group.
func bindENRP(ctx context.Context, config *Config) (endpoint, error) {
	hubConfig := hub.Config[enrpmsg.Message]{
		PPID:          wire.PPIDENRP,
		Parse:         enrpmsg.Parse,
		NeedsRTT:      func(enrpmsg.Message) bool { return true },
		Multicast:     config.presences(),
		AddrsInterval: addrsInterval,
		IdleTimeout:   config.IdleTimeout,
		DialTimeout:   5 * time.Second,
		QueueLimit:    16384,
		QueueOctets:   8 << 20, // More than 16384 Handle Updates, but few parts of tables.
		Logger:        config.Logger.With("protocol", "ENRP"),
	}
	var err error
	if !config.Presence.Off {
		if hubConfig.Group, err = config.Network.Join(ctx, config.presences()); err != nil {
			return nil, err
		}
	}
	if hubConfig.Endpoint, err = config.Network.Listen(ctx, *config.ENRP); err != nil {
		if hubConfig.Group != nil {
			err = errors.Join(err, hubConfig.Group.Close())
		}
		return nil, err
	}
	return hub.New(hubConfig), nil
}
