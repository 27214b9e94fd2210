package player

import (
	"fmt"

	"github.com/rserpool-go/rserpool/tools/internal/meaning"
	"github.com/rserpool-go/rserpool/tools/internal/script"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// Bounds of the news that wait for their counterpart.
const (
	maxSubjects  = 8192 // subjects of an association
	maxNewsOfOne = 64   // messages about a subject, on each side
	sides        = 2    // of an outcome
)

// The two sides of an outcome.
const (
	scriptSide = iota
	liveSide
)

// news are the messages about a subject that nobody has asked for, such as updates of an
// element. A message that says the same as the message before it is left out, because
// registrars repeat themselves when they like.
type news struct {
	last    [sides]*script.Message
	waiting [sides][]*script.Message
	paired  int
}

// hearNews takes a message without a request from one of the sides.
func (p *Player) hearNews(s *assoc, m script.Message, side int) {
	key, ok := newsKey(m)
	if !ok {
		return
	}
	if m.ASAP != nil && m.ASAP.Type() == asapmsg.TypeEndpointKeepAlive {
		s = p.common // A new home asks over an association of its own.
	}
	n := s.news[key]
	if n == nil {
		if len(s.news) >= maxSubjects {
			p.forgetSubject(s)
		}
		n = new(news)
		s.news[key] = n
	}
	if n.last[side] != nil && len(meaning.Compare(n.last[side], &m)) == 0 {
		return
	}
	n.last[side] = &m
	if side == scriptSide {
		s.owed++
	}
	if n.waiting[side] = append(n.waiting[side], &m); len(n.waiting[side]) > maxNewsOfOne {
		p.newsOutcome(s, key, n)
	}
	for len(n.waiting[scriptSide]) > 0 && len(n.waiting[liveSide]) > 0 {
		p.newsOutcome(s, key, n)
	}
}

// newsOutcome reports the oldest messages about a subject.
func (p *Player) newsOutcome(s *assoc, key string, n *news) {
	var m [sides]*script.Message
	for side := range m {
		if w := n.waiting[side]; len(w) > 0 {
			m[side], n.waiting[side] = w[0], w[1:]
		}
	}
	if m[scriptSide] != nil {
		s.owed--
	}
	n.paired++
	p.outcome(Outcome{Topic: Topic{s.number, key, n.paired}, At: p.at, Script: m[scriptSide], Live: m[liveSide]})
}

// settleNews reports the messages about a subject that have no counterpart.
func (p *Player) settleNews(s *assoc, key string, n *news) {
	for len(n.waiting[scriptSide])+len(n.waiting[liveSide]) > 0 {
		p.newsOutcome(s, key, n)
	}
}

// lacksNews reports whether the script has news that the live registrar has not sent.
func (s *assoc) lacksNews() bool { return s.owed > 0 }

// forgetSubject makes room for another subject: any without waiting messages, else any.
func (p *Player) forgetSubject(s *assoc) {
	var victim string
	for key, n := range s.news {
		victim = key
		if len(n.waiting[scriptSide])+len(n.waiting[liveSide]) == 0 {
			break
		}
	}
	p.settleNews(s, victim, s.news[victim])
	delete(s.news, victim)
}

// newsKey returns the subject of a message that nobody has asked for. It is false for messages
// that are sent periodically, whose number depends on timers.
func newsKey(m script.Message) (string, bool) {
	switch m := m.ASAP.(type) {
	case *asapmsg.EndpointKeepAlive:
		return fmt.Sprint(m.Type(), " ", m.PoolHandle, " ", m.PEID), m.Home
	case *asapmsg.Error:
		return m.Type().String(), true
	}
	switch m := m.ENRP.(type) {
	case *enrpmsg.HandleUpdate:
		return fmt.Sprint(m.Type(), " ", m.PoolHandle, " ", m.PoolElement.ID), true
	case *enrpmsg.InitTakeover:
		return fmt.Sprint(m.Type(), " ", m.TargetID), true
	case *enrpmsg.TakeoverServer:
		return fmt.Sprint(m.Type(), " ", m.TargetID), true
	case *enrpmsg.Error:
		return m.Type().String(), true
	}
	return "", false
}

// describe returns a request in words.
func describe(m script.Message) string {
	switch m := m.ASAP.(type) {
	case *asapmsg.Registration:
		return fmt.Sprint(m.Type(), " ", m.PoolHandle, " ", m.PoolElement.ID)
	case *asapmsg.Deregistration:
		return fmt.Sprint(m.Type(), " ", m.PoolHandle, " ", m.PEID)
	case *asapmsg.HandleResolution:
		return fmt.Sprint(m.Type(), " ", m.PoolHandle)
	}
	return m.Name()
}
