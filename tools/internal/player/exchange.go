package player

import (
	"fmt"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/tools/internal/meaning"
	"github.com/rserpool-go/rserpool/tools/internal/script"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// maxExchanges bounds the requests of an association that are not settled.
const maxExchanges = 4096

// recentRequest is the age below which a request may stay without an answer in the script,
// because the script has ended or the client has left.
const recentRequest = time.Second

// oldRequest is the age from which an answer is not expected any more, in the time of the
// script.
const oldRequest = 30 * time.Second

// exchange is a request with its answers.
type exchange struct {
	key     string // of the answer
	request string
	number  int // of the cue, among those that the client says
	frame   int
	at      time.Duration
	sent    time.Time
	latency time.Duration
	asked   script.Message // as it was sent

	script, live *script.Message
	tables       [sides]*table // of which parts have come
	strangers    []wire.PEID
}

// ask notes a request, which is being sent as the message sent.
func (p *Player) ask(s *assoc, c script.Cue, sent script.Message) {
	key, ok := answerKey(c.Message)
	if !ok {
		return
	}
	for len(s.exchanges) > 0 && (len(s.exchanges) >= maxExchanges || c.At-s.exchanges[0].at > oldRequest) {
		p.report(s, s.exchanges[0])
		s.exchanges = s.exchanges[1:]
	}
	e := &exchange{
		key: key, request: describe(c.Message), number: s.said, frame: c.Frame, at: c.At, sent: p.now, asked: sent,
	}
	s.exchanges = append(s.exchanges, e)
	if key != damagedKey {
		p.last, p.lastOf = e, s
	}
}

// orderTime is the time that a request waits for the answer to the request before it.
const orderTime = time.Second

// waitsForLast shuts the gate if a cue is a request, and the request before it is not answered.
func (p *Player) waitsForLast(s *assoc, c script.Cue) bool {
	_, isRequest := answerKey(c.Message)
	last := p.last
	if p.config.Overlap || !isRequest || last == nil || last.live != nil || s.state != up || p.lastOf.state != up {
		return false
	}
	p.gate = gate{answer: last, of: p.lastOf, until: p.now.Add(orderTime)}
	p.last = nil
	return true
}

// answered notes an answer of one of the sides, and returns its exchange,
// nil if there is none. An error answers the oldest request, and octets that are no message of
// ASAP get an answer of any type.
func (p *Player) answered(s *assoc, m script.Message, from int) *exchange {
	key, ok := ownKey(m)
	if !ok {
		return nil
	}
	for i, e := range s.exchanges {
		side := &e.script
		if from == liveSide {
			side = &e.live
		}
		if *side != nil || key != e.key && !isError(m) && (e.key != damagedKey || m.ASAP == nil) {
			continue
		}
		if *side = p.addPart(s, e, m, from); *side == nil {
			return e
		}
		if from == liveSide {
			e.latency = p.now.Sub(e.sent)
			e.strangers = p.strangers(m)
		}
		if e.script != nil && e.live != nil {
			s.exchanges = slices.Delete(s.exchanges, i, i+1)
			p.report(s, e)
		}
		return e
	}
	return nil
}

// report reports an exchange.
func (p *Player) report(s *assoc, e *exchange) {
	p.outcome(Outcome{
		Topic: Topic{s.number, e.key, e.number}, Frame: e.frame, At: e.at, Request: e.request,
		Script: e.script, Live: e.live, Strangers: e.strangers, Latency: e.latency,
	})
}

// settle reports the exchanges and news that have an answer on one side only.
func (p *Player) settle(s *assoc) {
	for _, e := range s.exchanges {
		isMissing := e.live == nil && (s.abortedLive || p.isStopped)
		if isMissing || e.script == nil && (e.live == nil || p.at-e.at < recentRequest) {
			p.unsettled++
			continue
		}
		p.report(s, e)
	}
	s.exchanges = nil
	keys := make([]string, 0, len(s.news))
	for key := range s.news {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		if !p.isStopped { // The counterpart may have been under way.
			p.settleNews(s, key, s.news[key])
		}
	}
	clear(s.news)
}

// damagedKey is the key of the answer to octets that are no message.
const damagedKey = "answer to a damaged message"

// answerKey returns the key of the answer that a request gets, and false if it gets none.
func answerKey(m script.Message) (string, bool) {
	switch m := m.ASAP.(type) {
	case *asapmsg.Registration:
		return elementAnswer(asapmsg.TypeRegistrationResponse, m.PoolHandle, m.PoolElement.ID), true
	case *asapmsg.Deregistration:
		return elementAnswer(asapmsg.TypeDeregistrationResponse, m.PoolHandle, m.PEID), true
	case *asapmsg.HandleResolution:
		return fmt.Sprint(asapmsg.TypeHandleResolutionResponse, " ", m.PoolHandle), true
	}
	switch m := m.ENRP.(type) {
	case *enrpmsg.Presence:
		return enrpmsg.TypePresence.String(), m.ReplyRequired
	case *enrpmsg.ListRequest:
		return enrpmsg.TypeListResponse.String(), true
	case *enrpmsg.HandleTableRequest:
		return enrpmsg.TypeHandleTableResponse.String(), true
	case *enrpmsg.InitTakeover:
		return fmt.Sprint(enrpmsg.TypeInitTakeoverAck, " ", m.TargetID), true
	}
	return damagedKey, m.ASAP == nil && m.ENRP == nil
}

// ownKey returns the key of a message that may be an answer.
func ownKey(m script.Message) (string, bool) {
	switch m := m.ASAP.(type) {
	case *asapmsg.RegistrationResponse:
		return elementAnswer(m.Type(), m.PoolHandle, m.PEID), true
	case *asapmsg.DeregistrationResponse:
		return elementAnswer(m.Type(), m.PoolHandle, m.PEID), true
	case *asapmsg.HandleResolutionResponse:
		return fmt.Sprint(m.Type(), " ", m.PoolHandle), true
	case *asapmsg.Error:
		return m.Type().String(), true
	}
	switch m := m.ENRP.(type) {
	case *enrpmsg.Presence, *enrpmsg.ListResponse, *enrpmsg.HandleTableResponse, *enrpmsg.Error:
		return m.Type().String(), true
	case *enrpmsg.InitTakeoverAck:
		return fmt.Sprint(m.Type(), " ", m.TargetID), true
	}
	return "", false
}

func elementAnswer(t asapmsg.Type, pool wire.PoolHandle, id wire.PEID) string {
	return fmt.Sprint(t, " ", pool, " ", id)
}

func isError(m script.Message) bool {
	if m.ASAP != nil {
		return m.ASAP.Type() == asapmsg.TypeError
	}
	return m.ENRP != nil && m.ENRP.Type() == enrpmsg.TypeError
}

// strangers returns the elements of a live answer that are not in the pool, as far as the
// script tells. Only for random choices: others are compared in full.
func (p *Player) strangers(m script.Message) (out []wire.PEID) {
	r, ok := m.ASAP.(*asapmsg.HandleResolutionResponse)
	if !ok || r.Policy == nil || !meaning.IsRandom(r.Policy.Type) {
		return nil
	}
	for i := range r.PoolElements {
		id := r.PoolElements[i].ID
		if _, ok := p.elements[elementKey{r.PoolHandle, id}]; !ok {
			out = append(out, id)
		}
	}
	return out
}
