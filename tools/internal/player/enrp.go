package player

import (
	"maps"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/tools/internal/script"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// maxPeers bounds the peers that a player keeps.
const maxPeers = 256

// peer is a registrar of the script that talks to the registrar whose part is played.
type peer struct {
	id    wire.ServerID
	actor *actor // that speaks for it, nil as long as only others speak of it
	// elements is the endpoint of those elements of the peer that have none of their own.
	elements *actor
	presence *enrpmsg.Presence // the last one, as it was sent
	// own are the elements of which the peer is home, as the live registrar was told, with
	// their checksum.
	own    map[elementKey]wire.PoolElement
	sum    wire.PEChecksum
	cursor []elementKey // of own that the live registrar has not asked for yet

	// ready are answers of the script that were not asked for yet, and waiting are
	// requests of the live registrar that the script has not answered yet.
	ready   []script.Message
	waiting []waitingRequest
}

// waitingRequest is a request of the live registrar.
type waitingRequest struct {
	line   *line
	answer enrpmsg.Type // that it wants
	until  time.Time
}

const (
	// answerTime is the time after which a peer answers a request by itself, because the
	// script has no answer.
	answerTime = time.Second

	// maxReady bounds the answers that were not asked for.
	maxReady = 64
)

// peerNamed returns the peer with an identifier, a new one if it is not known, and nil if
// there are too many.
func (p *Player) peerNamed(id wire.ServerID) *peer {
	q := p.peers[id]
	if q == nil && id != 0 && id != p.names.part && len(p.peers) < maxPeers {
		q = &peer{id: id, own: make(map[elementKey]wire.PoolElement)}
		p.peers[id] = q
	}
	return q
}

// peerOf returns the peer that speaks on an association.
func (p *Player) peerOf(s *assoc, id wire.ServerID) *peer {
	if s.peer == nil {
		if s.peer = p.peerNamed(id); s.peer != nil {
			s.peer.actor = s.actor
		}
	}
	return s.peer
}

// canSay reports whether a peer can say something at once. Otherwise an endpoint is being opened
// for its elements, and the gate is shut.
func (p *Player) canSay(s *assoc, c script.Cue) bool {
	m := c.Message.ENRP
	if s.state != up || m == nil {
		return true
	}
	q := p.peerOf(s, m.ServerIDs().Sender)
	return q == nil || p.havePlaces(q, m)
}

// sayENRP carries out what a peer says.
func (p *Player) sayENRP(s *assoc, c script.Cue) {
	if s.state != up {
		p.skipped++
		return
	}
	if c.Message.ENRP == nil {
		p.ask(s, c, c.Message)
		p.send(s.line, c.Message)
		return
	}
	q := p.peerOf(s, c.Message.ENRP.ServerIDs().Sender)
	if q == nil {
		p.skipped++
		return
	}
	live, err := p.enrpToLive(q, c.Message)
	if err != nil {
		p.skipped++
		return
	}
	switch m := live.ENRP.(type) {
	case *enrpmsg.ListResponse, *enrpmsg.HandleTableResponse, *enrpmsg.InitTakeoverAck:
		p.prepareAnswer(q, live)
		return
	case *enrpmsg.HandleTableRequest:
		if s.isPartial() {
			return // The live registrar is asked for more when it has more.
		}
	case *enrpmsg.Presence:
		q.presence = m
	}
	p.ask(s, c, live)
	p.send(s.line, live)
}

// prepareAnswer sends an answer of a peer to the request that waits for it, or keeps it.
func (p *Player) prepareAnswer(q *peer, m script.Message) {
	for i, w := range q.waiting {
		if w.answer == m.ENRP.Type() {
			q.waiting = slices.Delete(q.waiting, i, i+1)
			p.reply(w.line, m)
			return
		}
	}
	if q.ready = append(q.ready, m); len(q.ready) > maxReady {
		q.ready = q.ready[1:]
	}
}

// reply sends an answer, if the association is still there.
func (p *Player) reply(l *line, m script.Message) {
	if l.actor.lines[l.id] == l {
		p.send(l, m)
	}
}

// receiveENRP takes a message of the live registrar.
func (p *Player) receiveENRP(l *line, m script.Message) {
	if m.ENRP == nil {
		return
	}
	if m.ENRP.Type() != enrpmsg.TypeError {
		p.meet(m.ENRP.ServerIDs().Sender)
	}
	s := l.assoc
	if s == nil { // The live registrar has opened a second association with the peer.
		for _, other := range l.actor.lines {
			if other.assoc != nil {
				s = other.assoc
			}
		}
	}
	if s == nil {
		return
	}
	if q := s.peer; q != nil {
		p.answerAsPeer(q, l, m.ENRP)
	}
	if m = p.enrpToScript(m); p.answered(s, m, liveSide) == nil {
		p.hearNews(s, m, liveSide)
	}
}

// answerAsPeer answers a request of the live registrar.
func (p *Player) answerAsPeer(q *peer, l *line, m enrpmsg.Message) {
	var want enrpmsg.Type
	switch m := m.(type) {
	case *enrpmsg.Presence:
		if m.ReplyRequired && q.presence != nil {
			answer := *q.presence
			answer.ReplyRequired, answer.Receiver = false, p.names.live
			if encoded, err := message(&answer); err == nil {
				p.send(l, encoded)
			}
		}
		return
	case *enrpmsg.ListRequest:
		want = enrpmsg.TypeListResponse
	case *enrpmsg.HandleTableRequest:
		want = enrpmsg.TypeHandleTableResponse
	case *enrpmsg.InitTakeover:
		want = enrpmsg.TypeInitTakeoverAck
	default:
		return
	}
	for i, r := range q.ready {
		if r.ENRP.Type() == want {
			q.ready = slices.Delete(q.ready, i, i+1)
			p.send(l, r)
			return
		}
	}
	if len(q.waiting) < maxReady {
		q.waiting = append(q.waiting, waitingRequest{l, want, p.now.Add(answerTime)})
	}
}

// answersDue returns when a peer has to answer by itself.
func (p *Player) answersDue() (t time.Time) {
	for _, q := range p.peers {
		if len(q.waiting) > 0 {
			t = step.Earlier(t, q.waiting[0].until)
		}
	}
	return t
}

// answerOld answers the requests that have waited long enough for the script. Takeovers are
// not acknowledged.
func (p *Player) answerOld() {
	if due := p.answersDue(); due.IsZero() || p.now.Before(due) {
		return
	}
	for _, id := range slices.Sorted(maps.Keys(p.peers)) {
		q := p.peers[id]
		for len(q.waiting) > 0 && !p.now.Before(q.waiting[0].until) {
			w := q.waiting[0]
			q.waiting = q.waiting[1:]
			var answer step.Message
			switch w.answer {
			case enrpmsg.TypeListResponse:
				answer = p.ownList(q)
			case enrpmsg.TypeHandleTableResponse:
				answer = p.ownTable(q)
			default:
				continue
			}
			if m, err := message(answer); err == nil {
				p.reply(w.line, m)
			}
		}
	}
}
