package asapside

import (
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
)

const (
	// contestPatience is the longest time that the holder of an identifier has to acknowledge.
	// A client waits longer for its answer.
	contestPatience = time.Second
	// maxContests bounds the registrations that wait for the acknowledgement of a holder.
	maxContests = 1024
)

// contest is a registration of an element by a rival: another process on the host of the holder,
// which has registered the element, and whose association is up. Either the holder is dead, and the
// rival its successor, or two processes share an identifier.
type contest struct {
	key     elementKey
	holder  step.AssocID
	rival   received // the registration, and the association that it came over
	end     time.Time
	settled bool // the holder has acknowledged
}

// contestTable holds the newest contest of each element. A settled contest stays until its end, so
// that rivals do not have the holder asked more than once in that time.
type contestTable struct {
	byElement map[elementKey]*contest
	queue     []*contest // in the order of the ends, with contests against former holders
}

func newContestTable() contestTable {
	return contestTable{byElement: make(map[elementKey]*contest)}
}

// hasRoom reports whether there may be another contest.
func (t *contestTable) hasRoom() bool { return len(t.queue) < maxContests }

// add adds a contest. Contests are added in the order of their ends.
func (t *contestTable) add(c *contest) {
	t.byElement[c.key] = c
	t.queue = append(t.queue, c)
}

// find returns the contest of an element with a holder, nil if there is none.
func (t *contestTable) find(key elementKey, holder step.AssocID) *contest {
	if c := t.byElement[key]; c != nil && c.holder == holder {
		return c
	}
	return nil
}

// findOpen returns the contest of an element unless the holder has acknowledged.
func (t *contestTable) findOpen(key elementKey, holder step.AssocID) *contest {
	if c := t.find(key, holder); c != nil && !c.settled {
		return c
	}
	return nil
}

// withdraw settles the contest of a rival that repeats its registration when the holder is down, but
// its element is not removed yet.
func (t *contestTable) withdraw(key elementKey, holder, rival step.AssocID) {
	if c := t.findOpen(key, holder); c != nil && c.rival.Assoc == rival {
		c.settle()
	}
}

// settle notes that a contest is decided. The registration of the rival is not kept.
func (c *contest) settle() {
	c.settled, c.rival.Message = true, nil
}

// takeEnded takes the next contest whose time is over, nil if there is none.
func (t *contestTable) takeEnded(now time.Time) *contest {
	if len(t.queue) == 0 || now.Before(t.queue[0].end) {
		return nil
	}
	c := t.queue[0]
	t.queue = t.queue[1:]
	if t.byElement[c.key] == c {
		delete(t.byElement, c.key)
	}
	return c
}

// deadline returns the time at which the first contest ends, zero without contests.
func (t *contestTable) deadline() time.Time {
	if len(t.queue) == 0 {
		return time.Time{}
	}
	return t.queue[0].end
}
