package machine

import (
	"maps"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

const (
	// maxReports bounds the reports that wait for a registrar.
	maxReports = 16
	// maxSent bounds the requests that a registrar has not answered yet, so that neither
	// side needs to keep more than it can.
	maxSent = 1024
	// reportPause is the time in which a report is not repeated: all sessions with an element
	// that dies report it at the same time, and the registrar counts hosts, not reports.
	reportPause = time.Second
	// maxReported bounds the reports within reportPause. More could fill the queue of the
	// association with the registrar, and so end it.
	maxReported = 256
)

// queue holds the requests to the home registrar.
type queue struct {
	waiting     []*request // to be sent, in order
	sent        []*request // not answered yet, in order of sending and thus of deadlines
	resolutions map[Token]*request
	cancelled   int // cancelled requests among waiting
	reports     []*asapmsg.EndpointUnreachable
	reported    map[reportKey]time.Time // when a report was made
}

// reportKey is what a report is about.
type reportKey struct {
	pool wire.PoolHandle
	id   wire.PEID
}

func newQueue() queue {
	return queue{resolutions: make(map[Token]*request), reported: make(map[reportKey]time.Time)}
}

// isPending reports whether anything is to be sent or answered.
func (q *queue) isPending() bool { return len(q.waiting)+len(q.sent)+len(q.reports) > 0 }

// add queues a request.
func (q *queue) add(r *request) { q.waiting = append(q.waiting, r) }

// drop removes requests, in order.
func (q *queue) drop(match func(*request) bool) {
	q.sent = slices.DeleteFunc(q.sent, match)
	q.waiting = slices.DeleteFunc(q.waiting, match)
}

// addReport queues a report, unless the same report was made just now.
func (q *queue) addReport(now time.Time, pool wire.PoolHandle, id wire.PEID) {
	key := reportKey{pool, id}
	if at, ok := q.reported[key]; ok && now.Sub(at) < reportPause {
		return
	}
	if len(q.reported) >= maxReported {
		maps.DeleteFunc(q.reported, func(_ reportKey, at time.Time) bool { return now.Sub(at) >= reportPause })
	}
	isSame := func(m *asapmsg.EndpointUnreachable) bool { return m.PoolHandle == pool && m.PEID == id }
	if len(q.reports) < maxReports && len(q.reported) < maxReported && !slices.ContainsFunc(q.reports, isSame) {
		q.reports = append(q.reports, &asapmsg.EndpointUnreachable{PoolHandle: pool, PEID: id})
		q.reported[key] = now
	}
}

// cancel forgets a handle resolution.
func (q *queue) cancel(token Token) {
	if r := q.resolutions[token]; r != nil {
		delete(q.resolutions, token)
		q.withdraw(r)
	}
}

// withdraw cancels a request. A request that was sent stays: its answer must not be taken for
// the answer to a later request for the same pool. Cancelled requests that were never sent are
// removed in bulk, once they make up half of the waiting requests.
func (q *queue) withdraw(r *request) {
	r.cancelled = true
	if r.isSent() {
		return
	}
	if q.cancelled++; 2*q.cancelled >= len(q.waiting) {
		q.waiting = slices.DeleteFunc(q.waiting, func(r *request) bool { return r.cancelled })
		q.cancelled = 0
	}
}

// takeNext moves the next waiting request to the sent requests, and returns it. It returns nil
// without waiting requests, and while too many are not answered.
func (q *queue) takeNext() *request {
	for len(q.waiting) > 0 && len(q.sent) < maxSent {
		r := q.waiting[0]
		q.waiting[0] = nil
		q.waiting = q.waiting[1:]
		if !r.cancelled {
			q.sent = append(q.sent, r)
			return r
		}
		q.cancelled--
	}
	return nil
}

// takeSent removes the oldest sent request that matches, nil if there is none.
func (q *queue) takeSent(match func(*request) bool) *request {
	i := slices.IndexFunc(q.sent, match)
	if i < 0 {
		return nil
	}
	r := q.sent[i]
	q.sent = slices.Delete(q.sent, i, i+1)
	return r
}

// takeOverdue removes the sent requests whose time for an answer is over.
func (q *queue) takeOverdue(now time.Time) []*request {
	n := 0
	for n < len(q.sent) && !now.Before(q.sent[n].deadline) {
		n++
	}
	overdue := slices.Clone(q.sent[:n])
	q.sent = slices.Delete(q.sent, 0, n)
	return overdue
}

// unsend puts requests that were sent in front of the waiting requests.
func (q *queue) unsend(again []*request) {
	again = slices.DeleteFunc(slices.Clone(again), func(r *request) bool { return r.cancelled })
	for _, r := range again {
		r.deadline = time.Time{}
	}
	q.waiting = append(again, q.waiting...)
}

// unsendAll puts all sent requests in front of the waiting requests.
func (q *queue) unsendAll() {
	clear(q.reported) // The next registrar does not know.
	sent := q.sent
	q.sent = nil
	q.unsend(sent)
}

// finish ends a request that is answered or given up.
func (q *queue) finish(r *request) {
	if r.isResolution() {
		delete(q.resolutions, r.token)
	} else {
		r.element.request = nil
	}
}

// deadline returns the end of the time for the next answer, zero without sent requests.
func (q *queue) deadline() time.Time {
	if len(q.sent) == 0 {
		return time.Time{}
	}
	return q.sent[0].deadline
}
