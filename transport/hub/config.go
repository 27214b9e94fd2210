package hub

import (
	"cmp"
	"log/slog"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/transport"
)

// Config configures a [Hub] for messages of type M.
type Config[M any] struct {
	// Endpoint is the endpoint whose associations are run. The hub closes it.
	Endpoint transport.Endpoint

	// PPID is the payload protocol identifier of all messages. A message with another
	// identifier is malformed, with [ErrPPID].
	PPID uint32

	// Parse decodes a message. It is called in the goroutines of the associations.
	Parse func([]byte) (M, error)

	// NeedsRTT reports whether the round-trip time is wanted with a message; to find it
	// may take a system call. Nil: with no message.
	NeedsRTT func(M) bool

	// Group is a multicast group from which messages are heard. The hub closes it. Nil:
	// there is none.
	Group transport.Group

	// Multicast is the group to which the action Multicast sends. Not valid: it is ignored.
	Multicast netip.AddrPort

	// AddrsInterval is how often the local addresses are read again. 0: there are no
	// LocalAddrs events.
	AddrsInterval time.Duration

	// QueueLimit is the number of messages that may wait to be sent to a peer. 0: 4096.
	QueueLimit int

	// QueueOctets is the memory for messages that may wait to be sent to a peer, in octets.
	// Each message counts as its length plus [budget.PerMessage]. 0: 8 MiB.
	QueueOctets int

	// UnaskedLimit is the number of messages that may wait when another unasked message
	// is to be sent. 0: QueueLimit.
	UnaskedLimit int

	// ReadLimit is the number of messages that may wait to be sent to a peer while the
	// hub reads from it. The hub reads again when all of them are sent. 0: no limit.
	ReadLimit int

	// ReadOctets is ReadLimit in octets, as QueueOctets counts them. It counts only if
	// ReadLimit is set. 0: no limit.
	ReadOctets int

	// IdleTimeout is the time without a message in either direction after which an association
	// is shut down. An association may last a quarter longer. 0: it is never shut down.
	IdleTimeout time.Duration

	// DialTimeout limits the opening of an association. 0: 7.5 seconds.
	DialTimeout time.Duration

	// ShutdownTimeout limits the graceful end of an association, which is aborted
	// afterwards. 0: 5 seconds.
	ShutdownTimeout time.Duration

	// Logger gets associations and messages, also by multicast, at level Debug, and failures
	// to send by multicast at level Warn. Nil: nothing is logged.
	Logger *slog.Logger
}

func (c Config[M]) withDefaults() Config[M] {
	c.QueueLimit = cmp.Or(c.QueueLimit, 4096)
	c.QueueOctets = cmp.Or(c.QueueOctets, 8<<20)
	c.UnaskedLimit = cmp.Or(c.UnaskedLimit, c.QueueLimit)
	c.DialTimeout = cmp.Or(c.DialTimeout, 7500*time.Millisecond)
	c.ShutdownTimeout = cmp.Or(c.ShutdownTimeout, 5*time.Second)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}
