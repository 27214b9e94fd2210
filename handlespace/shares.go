package handlespace

import (
	"math/bits"
	"math/rand/v2"
	"slices"
)

// shares gives each element a share of the uses in proportion to its weight. A weight of
// 0 counts as 1. "The multiple entries of each pool element should be as evenly
// distributed as possible in the circular list" (RFC 5356, 4.2.2).
//
// Elements with the same weight form a class, in which they take turns. All classes go
// through the same rounds. In each round, a class of m elements with weight w is due w*m
// times, at equal distances. The first time is a fraction of that distance, which depends
// on the weight, so that few classes are due at the same time.
//
// A round carries no rounding error into the next round. Let W be the sum of all weights.
// While no element is added, removed or changed, any W successive uses contain each
// element as often as its weight says.
type shares struct {
	byWeight table[class]
	classes  []*class   // by class.at; nil for a free place
	freed    []*class   // classes without members, each with its place
	due      tournament // the time at which the next element of a class is due, by class.at
	now      uint64     // the time at which the last used element was due
	// ahead[begin:] are the next uses, in order, as far as they are known. The state of
	// the classes is the state after these uses.
	ahead []use
	begin int
}

// maxAhead is the maximum number of future uses that a resolution examines to find
// different elements. If these uses have too few, other elements follow.
const maxAhead = 32

// use is a future use of the next element of a class.
type use struct {
	due uint64
	c   *class
	e   *Element
}

// A time is a 64-bit number: the round in the upper 8 bits, and the place in the round in
// the lower 56 bits. The lowest bits of the place are replaced by class.at, so that times
// are unique.
const (
	placeBits = 56
	maxRound  = 128
)

// class is a set of elements with the same weight.
type class struct {
	ring    // the head is the element that is due
	weight  uint32
	members uint32
	step    uint64 // the distance of uses, in 2^-63 rounds

	// The time at which the next element is due:
	round uint32
	at    int32  // index in shares.classes
	place uint64 // in the round, in 2^-63 rounds
	count uint64 // of earlier uses in this round
}

func newShares(_ *Pool, rnd *rand.Rand) order { return &shares{byWeight: newTable[class](rnd)} }

// shareOf returns the weight of e, at least 1.
func shareOf(e *Element) uint32 { return max(1, e.base) }

func (s *shares) add(e *Element) {
	s.rewind()
	w := shareOf(e)
	c := s.byWeight.get(uint64(w))
	if c == nil {
		c = s.newClass(w)
	}
	c.insert(e)
	s.plan(c, c.members+1)
}

func (s *shares) remove(e *Element) {
	s.rewind()
	c := s.byWeight.get(uint64(shareOf(e)))
	c.ring.remove(e)
	if c.members > 1 {
		s.plan(c, c.members-1)
		return
	}
	s.byWeight.remove(uint64(c.weight))
	s.classes[c.at] = nil
	s.freed = append(s.freed, c)
	s.due.set(int(c.at), never)
}

// update moves an element with another weight to its new class, as the last element in
// turn. The element loses or gains less than a whole use by the move.
func (s *shares) update(e *Element, base, _ uint32) {
	if shareOf(e) == max(1, base) {
		e.base = base
		return
	}
	s.remove(e)
	e.base = base
	s.add(e)
}

// reset restarts the time. All classes are free, since the order has no elements.
func (s *shares) reset(*Pool) { s.now = 0 }

// newClass makes a class without members.
func (s *shares) newClass(weight uint32) *class {
	var c *class
	if n := len(s.freed); n > 0 {
		c = s.freed[n-1]
		s.freed = s.freed[:n-1]
	} else {
		c = &class{at: int32(s.byWeight.used)}
	}
	if n := len(s.classes); int(c.at) == n {
		s.classes = append(s.classes, make([]*class, max(n, tournamentWidth))...)
		s.due = newTournament(len(s.classes))
		s.schedule()
	}
	c.weight, c.members = weight, 0
	s.byWeight.put(uint64(weight), c)
	s.classes[c.at] = c
	return c
}

func (s *shares) pick(n, used int, dst []*Element) []*Element {
	if n == 1 && used == 1 && len(s.ahead) == 0 {
		u := s.next()
		s.now = u.due
		return append(dst, u.e)
	}
	if s.begin >= maxAhead {
		s.ahead = slices.Delete(s.ahead, 0, s.begin)
		s.begin = 0
	}
	start := len(dst)
	for i := s.begin; len(dst)-start < n && i < s.begin+maxAhead; i++ {
		var e *Element
		if i < len(s.ahead) {
			e = s.ahead[i].e
		} else {
			u := s.next()
			s.ahead = append(s.ahead, u)
			e = u.e
		}
		if !contains(dst[start:], e) {
			dst = append(dst, e)
		}
	}
	if used == 1 {
		s.consumeNext()
	} else {
		s.consume(dst[start:min(start+used, len(dst))])
	}
	if len(dst)-start < n {
		dst = s.fill(start, n, dst)
	}
	return dst
}

// contains is slices.Contains, which the compiler would not inline.
func contains(list []*Element, e *Element) bool {
	for _, f := range list {
		if e == f {
			return true
		}
	}
	return false
}

// consumeNext removes the next use from the uses ahead.
func (s *shares) consumeNext() {
	s.now = max(s.now, s.ahead[s.begin].due)
	if s.begin++; s.begin == len(s.ahead) {
		s.ahead, s.begin = s.ahead[:0], 0
	}
}

// consume removes the first use of each given element from the uses ahead. The next use
// is a use of the first given element.
func (s *shares) consume(used []*Element) {
	for i, e := range used {
		if i == 0 {
			s.consumeNext()
			continue
		}
		at := s.begin + slices.IndexFunc(s.ahead[s.begin:], func(u use) bool { return u.e == e })
		s.now = max(s.now, s.ahead[at].due)
		s.ahead = slices.Delete(s.ahead, at, at+1)
	}
	if s.begin == len(s.ahead) {
		s.ahead, s.begin = s.ahead[:0], 0
	}
}

// fill appends elements that are not in dst[start:], class by class, until dst[start:]
// has n elements.
func (s *shares) fill(start, n int, dst []*Element) []*Element {
	selected := dst[start:]
	for _, c := range s.classes {
		if c == nil {
			continue
		}
		e := c.head
		for range c.members {
			if len(dst)-start == n {
				return dst
			}
			if !contains(selected, e) {
				dst = append(dst, e)
			}
			e = e.next
		}
	}
	return dst
}

// next returns the next use, and advances its class.
func (s *shares) next() use {
	due := s.due.first()
	c := s.classes[due&s.classMask()]
	u := use{due, c, c.head}
	c.head = c.head.next
	if c.count++; c.count < c.uses() {
		c.place += c.step
	} else {
		c.round++
		c.count, c.place = 0, c.start()
	}
	s.due.set(int(c.at), s.time(c))
	if due>>placeBits >= maxRound {
		s.rebase(due >> placeBits)
	}
	return u
}

// time returns the time at which c is due.
func (s *shares) time(c *class) uint64 {
	return uint64(c.round)<<placeBits | c.place>>(63-placeBits)&^s.classMask() | uint64(c.at)
}

// classMask returns the bits of a time that hold class.at.
func (s *shares) classMask() uint64 { return uint64(len(s.classes) - 1) }

// rebase subtracts a number of rounds from all times.
func (s *shares) rebase(rounds uint64) {
	past := rounds << placeBits
	s.now -= min(past, s.now)
	for i := s.begin; i < len(s.ahead); i++ {
		s.ahead[i].due -= min(past, s.ahead[i].due)
	}
	for _, c := range s.classes {
		if c != nil {
			c.round -= uint32(rounds)
		}
	}
	s.schedule()
}

// schedule sets the times of all classes in the tournament.
func (s *shares) schedule() {
	for _, c := range s.classes {
		if c != nil {
			s.due.set(int(c.at), s.time(c))
		}
	}
}

// uses returns the number of times that the class is due in a round.
func (c *class) uses() uint64 { return uint64(c.weight) * uint64(c.members) }

// start returns the place at which c is due first in a round: a fraction of the step,
// computed from a hash of the weight. Hashing keeps the uses of different classes from
// coinciding at some place of the round.
func (c *class) start() uint64 {
	x := uint64(c.weight) * 0x9e3779b97f4a7c15
	x = (x ^ x>>32) * 0xbf58476d1ce4e5b9
	part, _ := bits.Mul64(c.step, x^x>>29)
	return part
}

// rewind drops the uses ahead, and restores the state of the classes before these uses.
func (s *shares) rewind() {
	for i := len(s.ahead) - 1; i >= s.begin; i-- {
		c := s.ahead[i].c
		c.head = s.ahead[i].e
		s.plan(c, c.members)
	}
	s.ahead, s.begin = s.ahead[:0], 0
}

// plan computes the time at which c is due after now, as if the class had always had the
// given number of members.
func (s *shares) plan(c *class, members uint32) {
	c.members = members
	uses := c.uses()
	c.step = 1 << 63 / uses
	c.round = uint32(s.now >> placeBits)
	c.count, c.place = 0, c.start()
	past := (s.now&(1<<placeBits-1)|s.classMask())<<(63-placeBits) | (1<<(63-placeBits) - 1)
	if past >= c.place {
		c.count = (past-c.place)/c.step + 1
		c.place += c.count * c.step
	}
	if c.count >= uses {
		c.round++
		c.count, c.place = 0, c.start()
	}
	s.due.set(int(c.at), s.time(c))
}
