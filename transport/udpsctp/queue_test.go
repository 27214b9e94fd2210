package udpsctp

import (
	"testing"

	"github.com/rserpool-go/rserpool/transport"
)

// TestQueueKeepsNoRoom shows that a queue which never runs empty does not grow.
func TestQueueKeepsNoRoom(t *testing.T) {
	t.Parallel()
	var q queue
	q.init()
	const waiting, total = 10, 10000
	for i := range total {
		q.put(transport.Message{PPID: uint32(i)})
		if i < waiting {
			continue
		}
		m, ok, _ := q.take()
		if !ok || m.PPID != uint32(i-waiting) {
			t.Fatalf("message %d, %v; want %d", m.PPID, ok, i-waiting)
		}
	}
	if n := cap(q.msgs); n > 1000 {
		t.Errorf("room for %d messages, of which %d wait", n, waiting)
	}
	if _, n := q.held(); n != waiting {
		t.Errorf("%d messages wait, want %d", n, waiting)
	}
}
