package handlespace

import (
	"math/bits"
	"math/rand/v2"
)

// shares gives each element a share of the uses in proportion to its weight, spread
// as evenly as possible (RFC 5356, 4.2.2). A weight of 0 counts as 1.
//
// Elements of the same weight form a class, in which they take turns. All classes go
// through the same rounds: a class of m elements with weight w is due w*m times in a
// round, at equal distances, and begins at a part of the first distance that depends
// on the weight, so that few classes are due at the same time. Nothing is rounded off
// from one round to the next, hence as long as no element comes, goes or changes, any
// sequence of as many uses as is the sum of the weights uses each element as often as
// is its weight.
type shares struct {
	classes table[class]
	heap    []*class // by what is due first, 4 children per node
	now     uint64   // when the element used last was due
	scratch []sharePlace
}

// roundLen is the length of a round in the units of class.due. Times may overflow, so
// that only their differences count.
const roundLen = 1 << 48

type class struct {
	ring           // the head is the element that is due
	weight  uint64 // the same as base of the elements
	members uint64
	at      int // in the heap

	due   uint64 // when the next element is due
	round uint64 // when the round of due began
	count uint64 // how often the class was due in this round
	place uint64 // due - round, in 1/2^15 units
	step  uint64 // the distance, in 1/2^15 units
}

// sharePlace is a use to come: the turn-th of a class from now on.
type sharePlace struct {
	due  uint64
	c    *class
	e    *Element
	turn uint64
}

func newShares(_ *Pool, rnd *rand.Rand) order { return &shares{classes: newTable[class](rnd)} }

func shareOf(e *Element) uint64 { return max(1, uint64(e.base)) }

func (s *shares) add(e *Element) {
	w := shareOf(e)
	c := s.classes.get(w)
	if c == nil {
		c = &class{weight: w, at: len(s.heap)}
		s.classes.put(w, c)
		s.heap = append(s.heap, c)
	}
	c.insert(e)
	c.members++
	s.plan(c)
}

func (s *shares) remove(e *Element) {
	c := s.classes.get(shareOf(e))
	c.ring.remove(e)
	if c.members--; c.members > 0 {
		s.plan(c)
		return
	}
	s.classes.remove(c.weight)
	n := len(s.heap) - 1
	last := s.heap[n]
	s.heap[n] = nil
	s.heap = s.heap[:n]
	if c != last {
		last.at = c.at
		s.fix(last)
	}
}

// update lets an element with another weight be the last in turn of its new class. It
// loses or gains less than one use by that.
func (s *shares) update(e *Element, base, _ uint32) {
	s.remove(e)
	e.base = base
	s.add(e)
}

func (s *shares) pick(n, used int, dst []*Element) []*Element {
	if n == 1 {
		c := s.heap[0]
		dst = append(dst, c.head)
		if used > 0 {
			s.use(c)
		}
		return dst
	}
	places := s.comingUses(n)
	for _, p := range places {
		dst = append(dst, p.e)
	}
	for i := range used {
		s.use(places[i].c)
	}
	return dst
}

// comingUses returns the next uses of n different elements.
func (s *shares) comingUses(n int) []sharePlace {
	// places has the uses found, and behind them in order the best ones of those
	// that may come then: the next ones of the same classes, and the first ones of
	// the classes below in the heap. Never more than n of all.
	c := s.heap[0]
	places := append(s.scratch[:0], sharePlace{c.due, c, c.head, 0})
	for i := 0; i < n; i++ {
		p := places[i]
		if p.turn+1 < p.c.members {
			places = insertPlace(places, i, n, sharePlace{p.due + p.c.step>>15, p.c, p.e.next, p.turn + 1})
		}
		if p.turn > 0 {
			continue
		}
		for at, end := 4*p.c.at+1, min(4*p.c.at+5, len(s.heap)); at < end; at++ {
			c := s.heap[at]
			places = insertPlace(places, i, n, sharePlace{c.due, c, c.head, 0})
		}
	}
	s.scratch = places
	return places
}

// insertPlace inserts p into the sorted ones behind i, and drops what is beyond n.
func insertPlace(places []sharePlace, i, n int, p sharePlace) []sharePlace {
	j := len(places)
	if j < n {
		places = append(places, sharePlace{})
	} else if j--; j == i || !p.before(&places[j]) {
		return places
	}
	for ; j > i+1 && p.before(&places[j-1]); j-- {
		places[j] = places[j-1]
	}
	places[j] = p
	return places
}

// before orders uses. Those that are due at the same time have a fixed order.
func (p *sharePlace) before(q *sharePlace) bool {
	d := int64(p.due - q.due)
	return d < 0 || d == 0 && p.c.weight < q.c.weight
}

func (c *class) before(d *class) bool {
	diff := int64(c.due - d.due)
	return diff < 0 || diff == 0 && c.weight < d.weight
}

// use counts a use of the element of c that is due.
func (s *shares) use(c *class) {
	s.now = c.due
	c.head = c.head.next
	if c.count++; c.count < c.weight*c.members {
		c.place += c.step
	} else {
		c.count = 0
		c.round += roundLen
		c.place = c.start()
	}
	c.due = c.round + c.place>>15
	s.down(c.at, c)
}

// start returns the place at which c is due first in a round: a part of the step that
// is different for each weight, and for neighbours far apart.
func (c *class) start() uint64 {
	part, _ := bits.Mul64(c.step, c.weight*0x9e3779b97f4a7c15)
	return part
}

// plan computes anew when c is due, after its members have changed: as if they had
// been there all the time.
func (s *shares) plan(c *class) {
	uses := c.weight * c.members
	c.step = 1 << 63 / uses
	c.round = s.now &^ (roundLen - 1)
	c.count, c.place = 0, c.start()
	if now := s.now & (roundLen - 1) << 15; now >= c.place {
		c.count = (now-c.place)/c.step + 1
		c.place += c.count * c.step
	}
	if c.count >= uses {
		c.round += roundLen
		c.count, c.place = 0, c.start()
	}
	c.due = c.round + c.place>>15
	s.fix(c)
}

// fix moves c to where it must be.
func (s *shares) fix(c *class) {
	if c.at > 0 && c.before(s.heap[(c.at-1)/4]) {
		s.up(c.at, c)
	} else {
		s.down(c.at, c)
	}
}

// up puts c at i or above.
func (s *shares) up(i int, c *class) {
	for i > 0 {
		parent := (i - 1) / 4
		if s.heap[parent].before(c) {
			break
		}
		s.set(i, s.heap[parent])
		i = parent
	}
	s.set(i, c)
}

// down puts c at i or below.
func (s *shares) down(i int, c *class) {
	for {
		least := 4*i + 1
		if least >= len(s.heap) {
			break
		}
		for j, end := least+1, min(least+4, len(s.heap)); j < end; j++ {
			if s.heap[j].before(s.heap[least]) {
				least = j
			}
		}
		if c.before(s.heap[least]) {
			break
		}
		s.set(i, s.heap[least])
		i = least
	}
	s.set(i, c)
}

func (s *shares) set(i int, c *class) {
	s.heap[i] = c
	c.at = i
}
