package player

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/tools/internal/script"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

type enrpMessage = enrpmsg.Message

// Config configures a [Player].
type Config struct {
	// Speed is the ratio of the time of the script to the time of the session. 0: as fast
	// as answers come.
	Speed float64
	// Patience is the time that an answer may take. 0: 5 seconds.
	Patience time.Duration
	// Offset is added to the identifiers of elements.
	Offset uint32
	// Overlap sends a request though the request before it, of any client, is not answered.
	// Otherwise a request waits a second for that answer, because registrars take requests that
	// overlap in any order.
	Overlap bool
	// ASAPOnly leaves the cues of ENRP out.
	ASAPOnly bool
}

// A Player plays a script. It is not safe for concurrent use.
type Player struct {
	config Config
	names  mapping

	now   time.Time     // of the present Step
	began time.Time     // the first Step
	at    time.Duration // the time in the script of the last cue
	out   []step.Action

	current *script.Cue // not carried out yet
	last    *exchange   // the last request, nil if it is not waited for any more
	lastOf  *assoc
	gate    gate
	phase   phase
	until   time.Time // the end of the phase
	err     error

	actors    map[ActorID]*actor
	assocs    map[uint64]*assoc
	common    *assoc // has the news that may come over any association; its number is 0
	opening   map[ActorID]*assoc
	client    map[ActorID]netip.AddrPort // the clients of actors that are being opened
	dialing   map[step.DialID]*assoc
	lingering []*actor // the oldest first
	elements  map[elementKey]*element
	peers     map[wire.ServerID]*peer
	places    map[netip.AddrPort]*actor // of elements, by their addresses in the script

	actorCount  ActorID
	dialCount   step.DialID
	lineCount   uint64
	placeCount  int
	isConnected bool // an association has come up
	isStopped   bool // by Stop

	sent, received, skipped, unsettled, refused int
}

// phase is a phase of a player.
type phase uint8

const (
	// playing: cues are carried out.
	playing phase = iota
	// waiting: the last answers are waited for.
	waiting
	// leaving: the associations are ended.
	leaving
	// done: there is nothing left.
	done
)

// leaveTime limits the end of the associations.
const leaveTime = 2 * time.Second

// New returns a player.
func New(config Config) *Player {
	config.Patience = cmp.Or(config.Patience, 5*time.Second)
	return &Player{
		config:   config,
		names:    mapping{offset: wire.PEID(config.Offset)},
		actors:   make(map[ActorID]*actor),
		assocs:   make(map[uint64]*assoc),
		common:   newAssoc(script.Cue{}),
		opening:  make(map[ActorID]*assoc),
		client:   make(map[ActorID]netip.AddrPort),
		dialing:  make(map[step.DialID]*assoc),
		elements: make(map[elementKey]*element),
		peers:    make(map[wire.ServerID]*peer),
		places:   make(map[netip.AddrPort]*actor),
	}
}

// Ready reports whether the player takes the next cue, or End.
func (p *Player) Ready() bool { return p.phase == playing && p.current == nil && !p.gate.isShut(p.now) }

// Done reports whether the script was played to its end.
func (p *Player) Done() bool { return p.phase == done }

// Err returns the reason why the live registrar cannot be reached at all, nil if it can.
func (p *Player) Err() error { return p.err }

// Counts are the messages of a player.
type Counts struct {
	// Sent and Received are messages to and from the live registrar.
	Sent, Received int
	// Skipped are messages of the script that could not be sent.
	Skipped int
	// Unsettled are requests that nobody has answered in time to tell a difference.
	Unsettled int
	// Refused are associations that could not be opened.
	Refused int
}

// Counts returns the messages so far.
func (p *Player) Counts() Counts {
	return Counts{Sent: p.sent, Received: p.received, Skipped: p.skipped, Unsettled: p.unsettled, Refused: p.refused}
}

// At returns the time in the script of the last cue.
func (p *Player) At() time.Duration { return p.at }

// Step takes an event and returns the actions that follow.
func (p *Player) Step(now time.Time, ev step.Event) []step.Action {
	p.now, p.out = now, nil
	if p.began.IsZero() {
		p.began = now
	}
	switch ev := ev.(type) {
	case Perform:
		p.current = &ev.Cue
	case End:
		p.finish(p.config.Patience)
	case Stop:
		p.current, p.gate, p.isStopped = nil, gate{}, true
		p.finish(0)
	case Opened:
		if a := p.actors[ev.Actor]; a != nil {
			p.onOpened(a, ev)
		}
	case Happened:
		if a := p.actors[ev.Actor]; a != nil {
			p.happen(a, ev.Event)
		}
	}
	p.answerOld()
	p.advance()
	return p.out
}

// finish begins the end of the session: the last answers may take the given time.
func (p *Player) finish(patience time.Duration) {
	if p.phase == playing || p.phase == waiting {
		p.phase, p.until = waiting, p.now.Add(patience)
	}
}

// Deadline returns when the player wants a Tick.
func (p *Player) Deadline() time.Time {
	deadline := p.answersDue()
	if p.gate.isShut(p.now) {
		deadline = step.Earlier(deadline, p.gate.until)
	} else if p.current != nil {
		deadline = step.Earlier(deadline, p.due())
	}
	if p.phase == waiting || p.phase == leaving {
		deadline = step.Earlier(deadline, p.until)
	}
	return deadline
}

func (p *Player) do(a step.Action)  { p.out = append(p.out, a) }
func (p *Player) outcome(o Outcome) { p.do(o) }

// happen takes an event of an endpoint.
func (p *Player) happen(a *actor, ev step.Event) {
	switch ev := ev.(type) {
	case step.Up:
		p.onUp(a, ev)
	case step.DialFailed:
		p.onDialFailed(a, ev)
	case step.Down:
		p.onDown(a, ev)
	case step.Received[script.Message]:
		l := a.lines[ev.Assoc]
		if l == nil {
			return
		}
		p.received++
		p.played(l, script.Cue{Kind: script.Hear, Message: ev.Message})
		if a.ppid == wire.PPIDASAP {
			p.receiveASAP(l, ev.Message)
		} else {
			p.receiveENRP(l, ev.Message)
		}
	}
}

// due returns when the current cue is due.
func (p *Player) due() time.Time {
	if p.config.Speed == 0 {
		return p.now
	}
	return p.began.Add(clamp(float64(p.current.At) / p.config.Speed))
}

// scriptTime returns the present time in the script.
func (p *Player) scriptTime() time.Duration {
	if p.config.Speed == 0 {
		return p.at
	}
	return clamp(float64(p.now.Sub(p.began)) * p.config.Speed)
}

// longest is the longest time that a player knows. Longer times of a damaged capture would overflow.
const longest = time.Duration(1 << 62)

// clamp returns a number of nanoseconds as a time.
func clamp(ns float64) time.Duration { return time.Duration(min(ns, float64(longest))) }

// advance goes on as far as possible.
func (p *Player) advance() {
	if p.gate.isShut(p.now) {
		return
	}
	if p.current != nil && !p.due().After(p.now) {
		c := *p.current
		p.at = c.At
		if p.perform(c) {
			p.current = nil
		}
	}
	switch {
	case p.phase == waiting && (!p.isPending() || !p.now.Before(p.until)):
		p.leaveAll()
	case p.phase == leaving && (len(p.actors) == 0 || !p.now.Before(p.until)):
		for _, id := range slices.Sorted(maps.Keys(p.actors)) {
			p.closeActor(p.actors[id])
		}
		p.phase = done
	}
}

// perform carries out a cue. It returns false if it has to be called again when the gate
// opens.
func (p *Player) perform(c script.Cue) bool {
	if c.PPID == wire.PPIDENRP && p.config.ASAPOnly {
		return true
	}
	if c.Registrar != 0 {
		p.names.part = c.Registrar
	}
	if c.Kind == script.Open {
		return p.open(c)
	}
	s := p.assocs[c.Assoc]
	if s == nil || s.ppid != c.PPID {
		return true
	}
	switch {
	case c.Kind == script.Close:
		return p.close(c, s)
	case c.Kind == script.Hear && c.PPID == wire.PPIDASAP:
		p.hearASAP(s, c.Message)
	case c.Kind == script.Hear:
		p.hear(s, c.Message)
	default:
		return p.say(s, c)
	}
	return true
}

// say carries out what a client says. It returns false if it has to be called again when the
// gate opens.
func (p *Player) say(s *assoc, c script.Cue) bool {
	if c.PPID == wire.PPIDENRP && !p.canSay(s, c) || p.waitsForLast(s, c) {
		return false
	}
	s.said++
	if c.PPID == wire.PPIDENRP {
		p.sayENRP(s, c)
	} else {
		p.sayASAP(s, c)
	}
	return true
}

// meet learns the identifier of the live registrar.
func (p *Player) meet(id wire.ServerID) {
	if id == 0 || id == p.names.live {
		return
	}
	p.names.live = id
	p.do(Mapped{"registrar", p.names.part.String(), id.String()})
}

// isPending reports whether the live registrar still owes an answer or news.
func (p *Player) isPending() bool {
	if p.common.lacksNews() {
		return true
	}
	for _, s := range p.assocs {
		if s.state != up {
			continue
		}
		for _, e := range s.exchanges {
			if e.live == nil {
				return true
			}
		}
		if s.lacksNews() {
			return true
		}
	}
	return false
}

// leaveAll ends all associations.
func (p *Player) leaveAll() {
	p.phase, p.until = leaving, p.now.Add(leaveTime)
	p.settle(p.common)
	for _, number := range slices.Sorted(maps.Keys(p.assocs)) {
		p.closeAssoc(p.assocs[number], false)
	}
	for _, id := range slices.Sorted(maps.Keys(p.actors)) {
		p.leave(p.actors[id], false)
	}
	if len(p.actors) == 0 {
		p.phase = done
	}
}
