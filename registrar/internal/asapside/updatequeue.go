package asapside

import (
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
)

// updateInterval is the least time between two updates of a subscription. An update tells the
// state of the pool, and thus all changes meanwhile.
const updateInterval = 200 * time.Millisecond

// updateQueue chooses the subscribers that are to be told next. Changed pools take turns, and a
// turn is the update of a single subscriber, so that a pool with many subscribers does not delay
// the others.
type updateQueue struct {
	due     []*watchedPool // with a round under way or about to begin, in the order of their turns
	resting []*watchedPool // after a round, in the order of the ends of their rests
	next    time.Time      // earliest time of the next update
}

// noteChange notes that a pool has changed. Its round begins unless it rests.
func (q *updateQueue) noteChange(w *watchedPool) {
	if w.changed = true; w.stage == poolIdle {
		q.startRound(w)
	}
}

func (q *updateQueue) startRound(w *watchedPool) {
	w.stage = poolDue
	q.due = append(q.due, w)
}

// endRests ends the rests that are over. The pace of updates bounds their number.
func (q *updateQueue) endRests(now time.Time) {
	for len(q.resting) > 0 && !now.Before(q.resting[0].restsUntil) {
		w := q.resting[0]
		q.resting = q.resting[1:]
		if w.stage = poolIdle; w.changed {
			q.startRound(w)
		}
	}
}

// take returns the next subscriber, nil if no update is due.
func (q *updateQueue) take(now time.Time) *subscription {
	for len(q.due) > 0 {
		w := q.due[0]
		q.due = q.due[1:]
		sub := w.tellNext()
		if w.told < len(w.subscribers) {
			q.due = append(q.due, w)
		} else {
			w.told = 0
			w.stage, w.restsUntil = poolResting, now.Add(updateInterval)
			q.resting = append(q.resting, w)
		}
		if sub != nil {
			return sub
		}
	}
	return nil
}

// deadline returns the time of the next update or end of a rest, zero if there is none.
func (q *updateQueue) deadline() (d time.Time) {
	if len(q.due) > 0 {
		d = q.next
	}
	if len(q.resting) > 0 {
		d = step.Earlier(d, q.resting[0].restsUntil)
	}
	return d
}
