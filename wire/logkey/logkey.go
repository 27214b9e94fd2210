// Package logkey lists the keys of the attributes by which messages describe themselves
// to a logger (see [log/slog.LogValuer]). A program that needs a value of a message can
// pick it by its key:
//
//	for _, a := range m.LogValue().Group() {
//		if a.Key == logkey.Pool {
//			pool, _ = a.Value.Any().(wire.PoolHandle)
//		}
//	}
//
// A key has the same type in all messages. Parameters that are absent have no attribute.
package logkey

// Keys of text and numbers.
const (
	Message = "msg" // string: the name of the type

	Pool     = "pool"     // wire.PoolHandle
	Pools    = "pools"    // wire.List[enrpmsg.PoolEntry]
	PEID     = "pe_id"    // wire.PEID
	PEIDs    = "pe_ids"   // wire.List[wire.PEID]
	Causes   = "causes"   // wire.List[wire.ErrorCause]
	Action   = "action"   // string: the name of the update action
	Octets   = "octets"   // int64: the length of the cookie
	Checksum = "checksum" // string: hexadecimal

	Policy     = "policy"       // *wire.Policy
	Load       = "load_percent" // float64
	Life       = "life"         // time.Duration
	Transport  = "transport"    // *wire.Transport
	Transports = "transports"   // wire.List[wire.Transport]

	From      = "from"       // wire.ServerID: the sender
	To        = "to"         // wire.ServerID: the receiver
	ServerID  = "server_id"  // wire.ServerID
	ServerIDs = "server_ids" // wire.List[wire.ServerID]
	HomeID    = "home_id"    // wire.ServerID
	TargetID  = "target_id"  // wire.ServerID

	Items    = "items"    // uint64: how many elements are requested
	Elements = "elements" // int64: how many elements the message has
	Entries  = "entries"  // int64: how many Pool Entries the message has
	Servers  = "servers"  // int64: how many registrars the message has
)

// Keys of the flags of messages. Their values are of type bool.
const (
	Reject            = "reject"
	Subscribe         = "subscribe"
	Accept            = "accept"
	Home              = "home"
	Contested         = "contested"
	ReplyRequired     = "reply_required"
	OwnChildrenOnly   = "own_children_only"
	MoreToSend        = "more_to_send"
	TakeoverSuggested = "takeover_suggested"
)
