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
	due     ranking[class] // by class.due
	now     uint64         // when the element used last was due
	scratch []sharePlace
	spare   *class
}

// roundLen is the length of a round in the units of class.due.
const roundLen = 1 << 48

type class struct {
	ring           // the head is the element that is due
	weight  uint64 // the same as base of the elements
	members uint64

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
		if c = s.spare; c == nil {
			c = &class{}
		}
		s.spare = nil
		c.weight = w
		s.classes.put(w, c)
		c.plan(s.now, 1)
		s.due.insert(c.due, c)
	} else {
		s.plan(c, c.members+1)
	}
	c.insert(e)
}

func (s *shares) remove(e *Element) {
	c := s.classes.get(shareOf(e))
	c.ring.remove(e)
	if c.members > 1 {
		s.plan(c, c.members-1)
		return
	}
	s.classes.remove(c.weight)
	s.due.remove(c.due, c)
	s.spare = c
}

// update lets an element with another weight be the last in turn of its new class. It
// loses or gains less than one use by that.
func (s *shares) update(e *Element, base, _ uint32) {
	s.remove(e)
	e.base = base
	s.add(e)
}

func (s *shares) reset(*Pool) {
	s.now = 0
	s.due.reset()
}

func (s *shares) pick(n, used int, dst []*Element) []*Element {
	if n == 1 {
		c := s.due.blocks[0].items[0]
		dst = append(dst, c.head)
		if used > 0 {
			s.use(c)
		}
		return dst
	}
	start := len(dst)
	dst = s.comingUses(n, dst)
	for _, e := range dst[start : start+used] {
		s.use(s.classes.get(shareOf(e)))
	}
	return dst
}

// comingUses appends the elements of the next uses of n different ones.
func (s *shares) comingUses(n int, dst []*Element) []*Element {
	// Each class has a first use to come in s.due. Further ones are in later, in
	// order; never more than are wanted.
	later := s.scratch[:0]
	next := 0 // in later
	for _, b := range s.due.blocks {
		for i := 0; i < len(b.items); {
			var p sharePlace
			if next < len(later) && later[next].due < b.keys[i] {
				p = later[next]
				next++
			} else {
				c := b.items[i]
				p = sharePlace{c.due, c, c.head, 1}
				i++
			}
			if dst = append(dst, p.e); n == 1 {
				s.scratch = later
				return dst
			}
			n--
			later = p.appendNext(later, next, n)
		}
	}
	for ; ; next++ {
		p := later[next]
		if dst = append(dst, p.e); n == 1 {
			s.scratch = later
			return dst
		}
		n--
		later = p.appendNext(later, next+1, n)
	}
}

// appendNext inserts the use after p of the same class, if that has one more element,
// into the sorted ones from start on, of which no more than n are wanted.
func (p *sharePlace) appendNext(later []sharePlace, start, n int) []sharePlace {
	if p.turn == p.c.members {
		return later
	}
	due := p.due + p.c.step>>15
	i := len(later)
	if i-start < n {
		later = append(later, sharePlace{})
	} else if i--; later[i].due <= due {
		return later
	}
	for ; i > start && later[i-1].due > due; i-- {
		later[i] = later[i-1]
	}
	later[i] = sharePlace{due, p.c, p.e.next, p.turn + 1}
	return later
}

// use counts a use of the element of c that is due.
func (s *shares) use(c *class) {
	from := c.due
	s.now = from
	c.head = c.head.next
	if c.count++; c.count < c.weight*c.members {
		c.place += c.step
	} else {
		c.count = 0
		c.round += roundLen
		c.place = c.start()
	}
	c.due = c.round + c.place>>15
	s.due.move(from, c.due, c)
	if s.now >= 1<<63 {
		s.rebase()
	}
}

// rebase makes all times lower by the same number of rounds.
func (s *shares) rebase() {
	past := s.now &^ (roundLen - 1)
	s.now -= past
	for i, b := range s.due.blocks {
		s.due.floors[i] -= min(past, s.due.floors[i])
		for j, c := range b.items {
			b.keys[j] -= past
			c.due -= past
			c.round -= past
		}
	}
}

// start returns the place at which c is due first in a round: a part of the step that
// is different for each weight, and for neighbours far apart.
func (c *class) start() uint64 {
	part, _ := bits.Mul64(c.step, c.weight*0x9e3779b97f4a7c15)
	return part
}

// plan gives c another number of members.
func (s *shares) plan(c *class, members uint64) {
	from := c.due
	c.plan(s.now, members)
	s.due.move(from, c.due, c)
}

// plan computes when c is due after now, as if it had had so many members all the
// time.
func (c *class) plan(now, members uint64) {
	c.members = members
	uses := c.weight * members
	c.step = 1 << 63 / uses
	c.round = now &^ (roundLen - 1)
	c.count, c.place = 0, c.start()
	if past := now & (roundLen - 1) << 15; past >= c.place {
		c.count = (past-c.place)/c.step + 1
		c.place += c.count * c.step
	}
	if c.count >= uses {
		c.round += roundLen
		c.count, c.place = 0, c.start()
	}
	c.due = c.round + c.place>>15
}
