package main

import (
	"cmp"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
	"github.com/rserpool-go/rserpool/wire/logkey"
)

// actionLine is a line of the log of actions, in RSPLIB's words; testdata/actions.txt has
// lines of RSPLIB's registrar. This program does not repeat its mistakes: RSPLIB logs
// each answer to a registration as received and each deregistration as sent, and swaps
// sender and receiver in its answers to other registrars.
type actionLine struct {
	registrar.Observation
	protocol, action, reason string

	flags   uint8
	counter uint64
	time    time.Duration
	pool    wire.PoolHandle
	pe      wire.PEID

	sender, receiver, target wire.ServerID

	cause wire.CauseCode
}

// append appends the line with its number, which has no name in the header.
func (l *actionLine) append(b []byte, row int, start time.Time) []byte {
	direction := "Recv"
	if l.Sent {
		direction = "Send"
	}
	protocol := l.protocol
	if l.Multicast {
		protocol = "Multicast" + protocol
	}
	b = fmt.Appendf(b, "%06d   %.6f %.6f   %q %q %q %q   0x%x %d %.6f   ", row,
		float64(l.Time.UnixMicro())/1e6, l.Time.Sub(start).Seconds(),
		direction, protocol, l.action, l.reason,
		l.flags, l.counter, l.time.Seconds())
	b = strconv.AppendQuoteToASCII(b, string(l.pool))
	return fmt.Appendf(b, " 0x%x   0x%x 0x%x 0x%x   %x\n", uint32(l.pe),
		uint32(l.sender), uint32(l.receiver), uint32(l.target), uint16(l.cause))
}

// RSPLIB's reasons.
const (
	reasonRequested  = "Requested"
	reasonInTime     = "InTime"
	reasonKeepAlive  = "KeepAliveTransmissionTimer"
	reasonTimeout    = "KeepAliveTimeoutTimer"
	reasonDisconnect = "Disconnect"
	reasonExpiry     = "ExpiryTimer"
)

// actionObserver writes a line for each observation of a registrar.
type actionObserver struct {
	log   *actionLog
	items int           // in the answer to a client that does not say how many
	limit time.Duration // for the acknowledgement of a keep-alive

	reports uint64 // of unreachable elements, so far
	asked   map[askedElement]time.Time
}

// askedElement is an element that has been sent a keep-alive.
type askedElement struct {
	pool wire.PoolHandle
	id   wire.PEID
}

// maxAsked bounds how many keep-alives are remembered. The line of an acknowledgement of
// a further keep-alive has no time.
const maxAsked = 1 << 16

func (l *actionLog) observer(elements registrar.ElementsConfig) func(registrar.Observation) {
	o := &actionObserver{
		log:   l,
		items: cmp.Or(elements.MaxResolutionItems, 3),
		limit: cmp.Or(elements.KeepAliveTimeout, 5*time.Second),
		asked: make(map[askedElement]time.Time),
	}
	return o.observe
}

func (o *actionObserver) observe(seen registrar.Observation) {
	line := actionLine{Observation: seen}
	switch {
	case seen.Removed != nil:
		line.protocol, line.sender, line.Sent = "ASAP", seen.Observer, true
		if !o.removed(&line, seen.Removed) {
			return
		}
	case seen.ASAP != nil:
		line.protocol = "ASAP"
		o.asap(&line, seen.ASAP)
	case seen.ENRP != nil:
		line.protocol = "ENRP"
		if seen.Multicast && !seen.Sent && seen.ENRP.ServerIDs().Sender == seen.Observer {
			return // The group returns our own messages.
		}
		line.enrp(seen.ENRP)
	}
	o.log.add(&line)
}

// removed fills in the line of an element that has been removed. It returns false if a
// message has a line for that already.
func (o *actionObserver) removed(line *actionLine, r *registrar.Removal) bool {
	line.action, line.pool, line.pe = "Deregistration", r.Pool, r.ID
	delete(o.asked, askedElement{r.Pool, r.ID})
	switch r.Reason {
	case registrar.RemovedAssociation:
		line.reason = reasonDisconnect
	case registrar.RemovedKeepAlive:
		line.reason, line.time = reasonTimeout, o.limit
	case registrar.RemovedLife:
		line.reason = reasonExpiry
	default:
		return false
	}
	return true
}

// action holds RSPLIB's words for a type of message.
type action struct {
	name, reason string
	own          bool // The sender is this registrar, whichever way the message went.
}

// RSPLIB's words for the messages of ASAP and ENRP.
var (
	asapActions = map[asapmsg.Type]action{
		asapmsg.TypeRegistration:             {"Registration", reasonRequested, true},
		asapmsg.TypeRegistrationResponse:     {"RegistrationResponse", reasonRequested, true},
		asapmsg.TypeDeregistration:           {"Deregistration", reasonRequested, true},
		asapmsg.TypeDeregistrationResponse:   {"DeregistrationResponse", reasonRequested, true},
		asapmsg.TypeHandleResolution:         {"HandleResolution", reasonRequested, false},
		asapmsg.TypeHandleResolutionResponse: {"HandleResolutionResponse", reasonRequested, false},
		asapmsg.TypeEndpointKeepAlive:        {"EndpointKeepAlive", reasonKeepAlive, false},
		asapmsg.TypeEndpointKeepAliveAck:     {"EndpointKeepAliveAck", "", false},
		asapmsg.TypeEndpointUnreachable:      {"EndpointUnreachable", "", false},
		asapmsg.TypeServerAnnounce:           {"Announce", "", false},
		asapmsg.TypeError:                    {"Error", "", false},
	}
	enrpActions = map[enrpmsg.Type]string{
		enrpmsg.TypePresence:            "Presence",
		enrpmsg.TypeHandleTableRequest:  "HandleTableRequest",
		enrpmsg.TypeHandleTableResponse: "HandleTableResponse",
		enrpmsg.TypeHandleUpdate:        "Update",
		enrpmsg.TypeListRequest:         "ListRequest",
		enrpmsg.TypeListResponse:        "ListResponse",
		enrpmsg.TypeInitTakeover:        "InitTakeover",
		enrpmsg.TypeInitTakeoverAck:     "InitTakeoverAck",
		enrpmsg.TypeTakeoverServer:      "TakeoverServer",
		enrpmsg.TypeError:               "Error",
	}
)

// asap fills in the line of a message of ASAP.
func (o *actionObserver) asap(line *actionLine, message asapmsg.Message) {
	words, ok := asapActions[message.Type()]
	if !ok {
		line.action = message.Type().String()
		return
	}
	line.action, line.reason = words.name, words.reason
	if words.own {
		line.sender = line.Observer
	}
	line.pick(message)
	element := askedElement{line.pool, line.pe}
	switch m := message.(type) {
	case *asapmsg.HandleResolution:
		line.counter = cmp.Or(line.counter, uint64(o.items))
	case *asapmsg.EndpointKeepAlive:
		line.time = o.limit
		if m.Home {
			line.reason = ""
		}
		if line.Sent && len(o.asked) < maxAsked { // Keep-alives of other registrars are unbounded.
			o.asked[element] = line.Time
		}
	case *asapmsg.EndpointKeepAliveAck:
		if at, ok := o.asked[element]; ok {
			line.reason, line.time = reasonInTime, line.Time.Sub(at)
			delete(o.asked, element)
		}
	case *asapmsg.EndpointUnreachable:
		line.counter = o.reports
		o.reports++
	}
}

// enrp fills in the line of a message of ENRP.
func (l *actionLine) enrp(message enrpmsg.Message) {
	l.action = enrpActions[message.Type()]
	l.pick(message)
}

// flagBits are the bits of flags in the header of a message.
var flagBits = map[string]uint8{
	logkey.Reject:            0x01,
	logkey.Subscribe:         0x01,
	logkey.Accept:            asapmsg.AcceptBit,
	logkey.Home:              0x01,
	logkey.Contested:         0x80,
	logkey.ReplyRequired:     0x01,
	logkey.OwnChildrenOnly:   0x01,
	logkey.MoreToSend:        enrpmsg.MoreToSendBit,
	logkey.TakeoverSuggested: enrpmsg.TakeoverSuggestedBit,
}

// updateReasons are RSPLIB's words for update actions.
var updateReasons = map[string]string{
	enrpmsg.AddPE.String(): "AddPE",
	enrpmsg.DelPE.String(): "DelPE",
}

// pick fills in the columns that are attributes of the message.
func (l *actionLine) pick(message slog.LogValuer) {
	for _, a := range message.LogValue().Group() {
		value := a.Value.Any()
		switch a.Key {
		case logkey.Pool:
			l.pool, _ = value.(wire.PoolHandle)
		case logkey.PEID:
			l.pe, _ = value.(wire.PEID)
		case logkey.PEIDs: // RSPLIB logs the first element of a resolution.
			if ids, _ := value.(wire.List[wire.PEID]); len(ids) > 0 {
				l.pe = ids[0]
			}
		case logkey.From, logkey.ServerID:
			l.sender, _ = value.(wire.ServerID)
		case logkey.To:
			l.receiver, _ = value.(wire.ServerID)
		case logkey.TargetID:
			l.target, _ = value.(wire.ServerID)
		case logkey.Causes:
			if causes, _ := value.(wire.List[wire.ErrorCause]); len(causes) > 0 {
				l.cause = causes[0].Code
			}
		case logkey.Action:
			l.reason = updateReasons[a.Value.String()]
		case logkey.Items:
			l.counter = a.Value.Uint64()
		case logkey.Elements, logkey.Servers:
			l.counter = uint64(a.Value.Int64())
		default:
			if set, _ := value.(bool); set {
				l.flags |= flagBits[a.Key]
			}
		}
	}
}
