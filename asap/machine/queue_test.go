package machine

import (
	"slices"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// newResolutions returns a queue of resolutions with the tokens 1, 2, ...
func newResolutions(n int) *queue {
	q := newQueue()
	for token := range Token(n) {
		r := &request{key: requestKey{typ: asapmsg.TypeHandleResolution, pool: "p"}, token: token + 1}
		q.resolutions[r.token] = r
		q.add(r)
	}
	return &q
}

func tokensOf(list []*request) []Token {
	var tokens []Token
	for _, r := range list {
		tokens = append(tokens, r.token)
	}
	return tokens
}

// send takes the next n requests, whose answers are due a second apart.
func send(t *testing.T, q *queue, n int) {
	t.Helper()
	for range n {
		r := q.takeNext()
		if r == nil {
			t.Fatal("no request waits")
		}
		r.deadline = steptest.Begin.Add(time.Duration(len(q.sent)) * time.Second)
	}
}

// TestCancelWaiting shows that cancelled requests are not sent, and that they leave the queue as
// soon as they make up half of it.
func TestCancelWaiting(t *testing.T) {
	t.Parallel()
	q := newResolutions(8)
	for _, token := range []Token{1, 3, 3, 99} {
		q.cancel(token)
	}
	if q.cancelled != 2 || len(q.waiting) != 8 || len(q.resolutions) != 6 {
		t.Fatalf("%d cancelled of %d, %d resolutions", q.cancelled, len(q.waiting), len(q.resolutions))
	}
	send(t, q, 2)
	if got := tokensOf(q.sent); !slices.Equal(got, []Token{2, 4}) || q.cancelled != 0 {
		t.Errorf("%v are sent, %d cancelled requests wait", got, q.cancelled)
	}
	q.cancel(6)
	q.cancel(7)
	if got := tokensOf(q.waiting); !slices.Equal(got, []Token{5, 8}) || q.cancelled != 0 {
		t.Errorf("%v wait, %d cancelled requests", got, q.cancelled)
	}
}

// TestCancelSent shows that a cancelled request still takes its answer, and is not repeated.
func TestCancelSent(t *testing.T) {
	t.Parallel()
	q := newResolutions(3)
	send(t, q, 3)
	q.cancel(2)
	if !q.isPending() || q.cancelled != 0 || len(q.resolutions) != 2 {
		t.Fatalf("%d cancelled, %d resolutions", q.cancelled, len(q.resolutions))
	}
	matchAll := func(*request) bool { return true }
	if first, second := q.takeSent(matchAll), q.takeSent(matchAll); first.token != 1 || second.token != 2 || !second.cancelled {
		t.Errorf("answers for %d, %d", first.token, second.token)
	}
	q = newResolutions(3)
	send(t, q, 3)
	q.cancel(2)
	q.unsendAll()
	if got := tokensOf(q.waiting); !slices.Equal(got, []Token{1, 3}) || len(q.sent) != 0 || q.waiting[0].isSent() {
		t.Errorf("%v are repeated", got)
	}
}

// TestUnsend shows that requests that were sent go in front of others, in order.
func TestUnsend(t *testing.T) {
	t.Parallel()
	q := newResolutions(5)
	send(t, q, 3)
	if d := q.deadline(); d != steptest.Begin.Add(time.Second) {
		t.Errorf("deadline %v", d)
	}
	if overdue := q.takeOverdue(steptest.Begin.Add(time.Second - 1)); len(overdue) != 0 {
		t.Errorf("%v are overdue before the time", tokensOf(overdue))
	}
	overdue := q.takeOverdue(steptest.Begin.Add(2 * time.Second))
	if got := tokensOf(overdue); !slices.Equal(got, []Token{1, 2}) {
		t.Fatalf("%v are overdue", got)
	}
	q.unsend(overdue)
	if got := tokensOf(q.waiting); !slices.Equal(got, []Token{1, 2, 4, 5}) {
		t.Errorf("%v wait", got)
	}
	if got := tokensOf(q.sent); !slices.Equal(got, []Token{3}) || q.deadline() != steptest.Begin.Add(3*time.Second) {
		t.Errorf("%v are sent, the next answer is due at %v", got, q.deadline())
	}
	q.takeSent(func(r *request) bool { return r.token == 3 })
	if d := q.deadline(); !d.IsZero() {
		t.Errorf("deadline %v without sent requests", d)
	}
}

// TestFinish shows that a request that is finished leaves nothing behind.
func TestFinish(t *testing.T) {
	t.Parallel()
	q := newResolutions(1)
	send(t, q, 1)
	q.finish(q.takeSent(func(*request) bool { return true }))
	if q.isPending() || len(q.resolutions) != 0 {
		t.Errorf("%d resolutions are left", len(q.resolutions))
	}
	e := new(element)
	e.request = &request{key: requestKey{typ: asapmsg.TypeRegistration}, element: e}
	if e.request.isResolution() {
		t.Error("a registration can fail")
	}
	q.finish(e.request)
	if e.request != nil {
		t.Error("the element keeps its registration")
	}
}

// TestQueueOfReports shows that the same report waits once, and that the number is bounded.
func TestQueueOfReports(t *testing.T) {
	t.Parallel()
	q := newQueue()
	for range 2 {
		for id := range wire.PEID(maxReports - 1) {
			q.addReport(time.Time{}, "p", id)
		}
	}
	q.addReport(time.Time{}, "q", 0)
	if len(q.reports) != maxReports || !q.isPending() {
		t.Fatalf("%d reports", len(q.reports))
	}
	q.addReport(time.Time{}, "q", 1)
	if last := q.reports[maxReports-1]; len(q.reports) != maxReports || last.PoolHandle != "q" || last.PEID != 0 {
		t.Errorf("%d reports, the last of %v %v", len(q.reports), last.PoolHandle, last.PEID)
	}
}
