package asapside

import (
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

// watchedPool is a pool with subscribers. After a change, a round of updates tells each of them.
// Then the pool rests, so that many changes make few updates.
type watchedPool struct {
	handle      wire.PoolHandle
	subscribers []*subscription
	told        int  // subscribers[:told] have had their update in this round
	changed     bool // since the beginning of the last round
	stage       poolStage
	restsUntil  time.Time
}

// poolStage tells where a watched pool is between its updates.
type poolStage uint8

const (
	poolIdle    poolStage = iota // no update is due
	poolDue                      // a round is under way or about to begin
	poolResting                  // the last round was a moment ago
)

// attach adds a subscription, which is told in the present round.
func (w *watchedPool) attach(sub *subscription) {
	sub.pos = len(w.subscribers)
	w.subscribers = append(w.subscribers, sub)
}

// detach removes a subscription. Subscribers that have been told stay in front of the others.
func (w *watchedPool) detach(sub *subscription) {
	gap := sub.pos
	if gap < w.told {
		w.told--
		w.put(w.subscribers[w.told], gap)
		gap = w.told
	}
	last := len(w.subscribers) - 1
	w.put(w.subscribers[last], gap)
	w.subscribers[last] = nil
	w.subscribers = w.subscribers[:last]
}

func (w *watchedPool) put(sub *subscription, pos int) {
	w.subscribers[pos], sub.pos = sub, pos
}

// tellNext returns the next subscriber of the round, and counts it as told. It returns nil if all
// subscribers have left.
func (w *watchedPool) tellNext() *subscription {
	if w.told == 0 {
		w.changed = false
	}
	if w.told == len(w.subscribers) {
		return nil
	}
	w.told++
	return w.subscribers[w.told-1]
}
