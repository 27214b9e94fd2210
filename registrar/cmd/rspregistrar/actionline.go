package main

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// actionLine is a line of the log of actions. The words are those of the deployed
// registrar; testdata/actions.txt has what it writes. It differs in what this program
// takes for its mistakes: it has each answer to a registration as received and each
// deregistration as sent, and in its answers to other registrars it takes sender and
// receiver for each other.
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

// Reasons of the deployed registrar.
const (
	reasonRequested  = "Requested"
	reasonInTime     = "InTime"
	reasonKeepAlive  = "KeepAliveTransmissionTimer"
	reasonTimeout    = "KeepAliveTimeoutTimer"
	reasonDisconnect = "Disconnect"
	reasonExpiry     = "ExpiryTimer"
)

// actionObserver makes lines of what happens to one registrar.
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

// maxAsked bounds how many keep-alives are remembered. The answers to others have no time.
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
		ids := seen.ENRP.ServerIDs()
		if seen.Multicast && !seen.Sent && ids.Sender == seen.Observer {
			return // What goes to the group comes back.
		}
		line.sender, line.receiver = ids.Sender, ids.Receiver
		line.enrp(seen.ENRP)
	}
	o.log.add(&line)
}

// removed fills in a line for an element that has been removed, unless the line of a
// message tells that already.
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

// asap fills in what a message of ASAP says.
func (o *actionObserver) asap(line *actionLine, message asapmsg.Message) {
	line.reason = reasonRequested
	switch m := message.(type) {
	case *asapmsg.Registration:
		line.action, line.pool, line.pe, line.sender = "Registration", m.PoolHandle, m.PoolElement.ID, line.Observer
	case *asapmsg.RegistrationResponse:
		line.action, line.pool, line.pe, line.sender = "RegistrationResponse", m.PoolHandle, m.PEID, line.Observer
		line.flags, line.cause = bit(m.Reject, 0x01), first(m.Causes)
	case *asapmsg.Deregistration:
		line.action, line.pool, line.pe, line.sender = "Deregistration", m.PoolHandle, m.PEID, line.Observer
	case *asapmsg.DeregistrationResponse:
		line.action, line.pool, line.pe, line.sender = "DeregistrationResponse", m.PoolHandle, m.PEID, line.Observer
		line.cause = first(m.Causes)
	case *asapmsg.HandleResolution:
		line.action, line.pool, line.flags = "HandleResolution", m.PoolHandle, bit(m.Subscribe, 0x01)
		line.counter = uint64(cmp.Or(m.Items, uint32(o.items)))
	case *asapmsg.HandleResolutionResponse:
		line.action, line.pool, line.flags = "HandleResolutionResponse", m.PoolHandle, bit(m.Accept, asapmsg.AcceptBit)
		line.counter, line.cause = uint64(len(m.PoolElements)), first(m.Causes)
		if len(m.PoolElements) > 0 {
			line.pe = m.PoolElements[0].ID
		}
	case *asapmsg.EndpointKeepAlive:
		line.action, line.reason, line.pool, line.pe = "EndpointKeepAlive", reasonKeepAlive, m.PoolHandle, m.PEID
		line.flags, line.time, line.sender = bit(m.Home, 0x01), o.limit, m.ServerID
		if m.Home {
			line.reason = ""
		}
		if line.Sent && len(o.asked) < maxAsked { // Others may send what they like.
			o.asked[askedElement{m.PoolHandle, m.PEID}] = line.Time
		}
	case *asapmsg.EndpointKeepAliveAck:
		line.action, line.reason, line.pool, line.pe = "EndpointKeepAliveAck", "", m.PoolHandle, m.PEID
		key := askedElement{m.PoolHandle, m.PEID}
		if at, ok := o.asked[key]; ok {
			line.reason, line.time = reasonInTime, line.Time.Sub(at)
			delete(o.asked, key)
		}
	case *asapmsg.EndpointUnreachable:
		line.action, line.reason, line.pool, line.pe = "EndpointUnreachable", "", m.PoolHandle, m.PEID
		line.counter = o.reports
		o.reports++
	case *asapmsg.ServerAnnounce:
		line.action, line.reason, line.sender = "Announce", "", m.ServerID
	case *asapmsg.Error:
		line.action, line.reason, line.cause = "Error", "", first(m.Causes)
	default:
		line.action, line.reason = m.Type().String(), ""
	}
}

// enrp fills in what a message of ENRP says.
func (line *actionLine) enrp(message enrpmsg.Message) {
	switch m := message.(type) {
	case *enrpmsg.Presence:
		line.action, line.flags = "Presence", bit(m.ReplyRequired, 0x01)
	case *enrpmsg.HandleTableRequest:
		line.action, line.flags = "HandleTableRequest", bit(m.OwnChildrenOnly, 0x01)
	case *enrpmsg.HandleTableResponse:
		line.action, line.flags = "HandleTableResponse", bit(m.Reject, enrpmsg.RejectBit)|bit(m.MoreToSend, enrpmsg.MoreToSendBit)
		for _, e := range m.Entries {
			line.counter += uint64(len(e.PoolElements))
		}
	case *enrpmsg.HandleUpdate:
		line.action, line.flags = "Update", bit(m.TakeoverSuggested, enrpmsg.TakeoverSuggestedBit)
		line.pool, line.pe = m.PoolHandle, m.PoolElement.ID
		switch m.Action {
		case enrpmsg.AddPE:
			line.reason = "AddPE"
		case enrpmsg.DelPE:
			line.reason = "DelPE"
		}
	case *enrpmsg.ListRequest:
		line.action = "ListRequest"
	case *enrpmsg.ListResponse:
		line.action, line.flags, line.counter = "ListResponse", bit(m.Reject, 0x01), uint64(len(m.Servers))
	case *enrpmsg.InitTakeover:
		line.action, line.target = "InitTakeover", m.TargetID
	case *enrpmsg.InitTakeoverAck:
		line.action, line.target = "InitTakeoverAck", m.TargetID
	case *enrpmsg.TakeoverServer:
		line.action, line.target = "TakeoverServer", m.TargetID
	case *enrpmsg.Error:
		line.action, line.cause = "Error", first(m.Causes)
	default:
		line.action = m.Type().String()
	}
}

func bit(set bool, value uint8) uint8 {
	if set {
		return value
	}
	return 0
}

// first returns the code of the first cause, 0 if there is none.
func first(causes []wire.ErrorCause) wire.CauseCode {
	if len(causes) == 0 {
		return 0
	}
	return causes[0].Code
}
