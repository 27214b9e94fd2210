package enrp

import (
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// Machine is a registrar among its peers.
type Machine struct {
	config Config
	hs     *handlespace.Handlespace
	random *rand.Rand

	local   []netip.AddrPort
	peers   []*peer // at most maxPeers
	assocs  map[step.AssocID]*assoc
	serial  uint64      // of the last association that came up
	dials   step.DialID // the last one given out
	dialing int         // how many are under way, some of them for peers that are lost since
	claims  claims

	heartbeat time.Time // when the next is due
	startup   startup
	duplicate duplicate

	counts   Counts
	leaving  leaving
	applying bool          // what changes in the handlespace is our own doing
	actions  []step.Action // of the step that is being made, or of changes before it
}

// assoc is an association with a registrar.
type assoc struct {
	serial  uint64        // of associations in the order in which they came up
	id      wire.ServerID // who has named itself on it, 0: nobody yet
	refused wire.ServerID // who was not believed to be on it, 0: nobody
	addrs   []netip.AddrPort
}

// New returns a machine that seeks its peers from now on. The handlespace must
// report changes to [Machine.Changed].
func New(config Config, hs *handlespace.Handlespace, random *rand.Rand, now time.Time) *Machine {
	m := &Machine{
		config: config.withDefaults(),
		hs:     hs,
		random: random,
		assocs: make(map[step.AssocID]*assoc),
		claims: claims{pending: make(map[elementKey]claim)},
	}
	for _, addrs := range config.Peers {
		m.peers = append(m.peers, &peer{addrs: addrs, configured: addrs})
	}
	m.heartbeat = now
	m.startup = startup{running: true, end: now.Add(m.config.MentorDiscovery)}
	return m
}

// Step takes an event at a time and returns what is to be done, in order.
func (m *Machine) Step(now time.Time, ev step.Event) []step.Action {
	switch ev := ev.(type) {
	case step.LocalAddrs:
		m.local = ev.Addrs
		m.leaveOutSelf()
	case step.Up:
		m.associationUp(now, ev)
	case step.Down:
		m.associationDown(now, ev.Assoc)
	case step.DialFailed:
		m.dialFailed(ev.Dial)
	case Received:
		m.received(now, ev)
	case step.Malformed:
		m.malformed(ev)
	case Heard:
		m.heard(now, ev)
	case Leave:
		m.leave(now)
	case Confirmed:
		m.confirmed(ev)
	}
	m.settleClaims(now)
	m.handOver(now)
	m.beat(now)
	m.expirePeers(now)
	m.expireStartup(now)
	return m.take()
}

// Flush returns what is to be done about changes of the handlespace, which otherwise
// comes from the next Step.
func (m *Machine) Flush(now time.Time) []step.Action {
	m.settleClaims(now)
	return m.take()
}

func (m *Machine) take() []step.Action {
	actions := m.actions
	m.actions = nil
	return actions
}

// Deadline returns when the next Tick is due.
func (m *Machine) Deadline() time.Time {
	d := m.heartbeat
	if m.startup.running && m.startup.end.Before(d) && m.startup.mentor == nil {
		d = m.startup.end
	}
	if len(m.leaving.rest) > 0 && m.leaving.next.Before(d) {
		d = m.leaving.next
	}
	for _, p := range m.peers {
		if at := p.nextDeadline(); !at.IsZero() && at.Before(d) {
			d = at
		}
	}
	return d
}

// Ready reports whether the start is over: until then the handlespace is not known
// to be complete.
func (m *Machine) Ready() bool { return !m.startup.running }

// Peers returns the identifiers of the peers that are known.
func (m *Machine) Peers() []wire.ServerID {
	var ids []wire.ServerID
	for _, p := range m.peers {
		if p.id != 0 {
			ids = append(ids, p.id)
		}
	}
	return ids
}

// NumPeers returns how many peers are known.
func (m *Machine) NumPeers() int {
	n := 0
	for _, p := range m.peers {
		if p.id != 0 {
			n++
		}
	}
	return n
}

func (m *Machine) do(a step.Action) { m.actions = append(m.actions, a) }

func (m *Machine) send(assoc step.AssocID, msg step.Message) {
	if assoc != 0 {
		m.do(step.Send{Assoc: assoc, Message: msg})
	}
}

// answer sends a message that may be large and that anybody can ask for without end. It is
// encoded, so that what waits for one who does not read is known in octets.
func (m *Machine) answer(assoc step.AssocID, msg enrpmsg.Message) {
	if data, err := msg.AppendBinary(nil); err == nil {
		m.send(assoc, encoded{msg.Type(), data})
	} else {
		m.send(assoc, msg) // Whoever sends it finds the mistake.
	}
}

// ids returns the identifiers of a message to a registrar.
func (m *Machine) ids(receiver wire.ServerID) enrpmsg.IDs {
	return enrpmsg.IDs{Sender: m.config.ID, Receiver: receiver}
}

// broadcast sends a message that names no receiver to all peers. Those without an
// association find out by their audit what they have missed.
func (m *Machine) broadcast(msg enrpmsg.Message) {
	data, err := msg.AppendBinary(nil)
	if err != nil {
		panic("BUG: " + msg.Type().String() + " cannot be encoded: " + err.Error())
	}
	m.broadcastEncoded(encoded{msg.Type(), data})
}

func (m *Machine) broadcastEncoded(e encoded) {
	for _, p := range m.peers {
		m.send(p.assoc, e)
	}
}

func (m *Machine) received(now time.Time, ev Received) {
	report, discard := enrpmsg.ReportUnrecognized(ev.Message)
	if report != nil {
		report.IDs = m.ids(ev.Message.ServerIDs().Sender)
		m.answer(ev.Assoc, report)
	}
	if discard {
		return
	}
	p, ok := m.identify(now, ev)
	if !ok {
		return
	}
	if p == nil {
		m.receivedFromStranger(ev)
		return
	}
	p.heard(now, m.config)
	switch msg := ev.Message.(type) {
	case *enrpmsg.Presence:
		m.presence(now, p, ev.Assoc, msg)
	case *enrpmsg.ListRequest:
		m.listRequested(ev.Assoc, msg)
	case *enrpmsg.ListResponse:
		m.listed(now, p, msg)
	case *enrpmsg.HandleTableRequest:
		m.counts.TableRequests++
		m.tableRequested(now, p, ev.Assoc, msg)
	case *enrpmsg.HandleTableResponse:
		m.tableReceived(now, p, msg, ev.RTT)
	case *enrpmsg.HandleUpdate:
		m.counts.Updates++
		m.updated(now, p, msg, ev.RTT)
	case *enrpmsg.InitTakeover:
		m.takeoverInitiated(now, p, ev.Assoc, msg)
	case *enrpmsg.InitTakeoverAck:
		m.takeoverAcknowledged(now, p, msg)
	case *enrpmsg.TakeoverServer:
		m.takenOver(now, p, msg)
	}
}

// receivedFromStranger answers what may be asked by anybody, and refuses what only
// peers get (RFC 5353, 3.2.3). State is not changed.
func (m *Machine) receivedFromStranger(ev Received) {
	switch msg := ev.Message.(type) {
	case *enrpmsg.Presence:
		if msg.ReplyRequired {
			m.sendPresence(ev.Assoc, msg.Sender, false) // It must not take us for dead.
		}
	case *enrpmsg.ListRequest:
		m.listRequested(ev.Assoc, msg)
	case *enrpmsg.HandleTableRequest:
		m.send(ev.Assoc, &enrpmsg.HandleTableResponse{IDs: m.ids(msg.Sender), Reject: true})
	}
}

// malformed answers a message that could not be decoded (RFC 5353, 2.10), unless
// there is to be no answer (RFC 5354, 4); and never an error.
func (m *Machine) malformed(ev step.Malformed) {
	a, up := m.assocs[ev.Assoc]
	if report := enrpmsg.ReportMalformed(ev.Data, ev.Err); up && report != nil {
		report.IDs = m.ids(a.id)
		m.answer(ev.Assoc, report)
	}
}

// vary returns a duration that differs from d by up to an eighth.
func (m *Machine) vary(d time.Duration) time.Duration {
	return d - d/8 + time.Duration(m.random.Int64N(int64(d/4)+1))
}
