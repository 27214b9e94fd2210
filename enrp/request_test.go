package enrp

import (
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// A flood of requests gets a few answers at once, and then an answer in each interval. The last
// request of each kind is answered. A registrar that is no peer gets lists at the same pace.
func TestRequestFlood(t *testing.T) {
	t.Parallel()
	ids := enrpmsg.IDs{Sender: idPeer}
	for name, tc := range map[string]struct {
		msg      enrpmsg.Message
		answer   string
		interval time.Duration
		isPeer   bool
	}{
		"tables":             {&enrpmsg.HandleTableRequest{IDs: ids}, "send 1: table-response", tableInterval, true},
		"lists":              {&enrpmsg.ListRequest{IDs: ids}, "send 1: list-response", listInterval, true},
		"lists of strangers": {&enrpmsg.ListRequest{IDs: ids}, "send 1: list-response", listInterval, false},
	} {
		b := startBed(t, Config{})
		if tc.isPeer {
			b.addPeer(1, idPeer)
		} else {
			b.up(1, idPeer)
		}
		answers := 0
		const intervals, each = 20, 50
		for range intervals {
			for range each {
				answers += countPrefix(b.receive(1, tc.msg), tc.answer)
			}
			answers += countPrefix(describeAll(b.pass(tc.interval)), tc.answer)
		}
		if answers < intervals || answers > intervals+requestBurst {
			t.Errorf("%s: %d answers in %d intervals", name, answers, intervals)
		}
		answers = countPrefix(describeAll(b.pass(time.Minute)), tc.answer)
		if answers > 1 || len(b.requests.delayed) != 0 {
			t.Errorf("%s: %d answers after the flood, %d requests are left", name, answers, len(b.requests.delayed))
		}
	}
}

// A peer that asks for the next part of a table a millisecond after the last part waits for none.
func TestSynchronizationIsNotDelayed(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{MaxTableElements: 1})
	b.addPeer(1, idPeer)
	const n = 1000
	for i := range wire.PEID(n) {
		b.addElement("p", i+1, self)
	}
	for i := range n {
		got := b.receive(1, &enrpmsg.HandleTableRequest{IDs: enrpmsg.IDs{Sender: idPeer}})
		if countPrefix(got, "send 1: table-response") != 1 {
			t.Fatalf("request %d: %q", i, got)
		}
		b.now = b.now.Add(time.Millisecond)
	}
}

// A delayed request is dropped with its association.
func TestDelayedRequestOfDeadAssociation(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{})
	b.addPeer(1, idPeer)
	for range requestBurst + 1 {
		b.receive(1, &enrpmsg.HandleTableRequest{IDs: enrpmsg.IDs{Sender: idPeer}})
	}
	if len(b.requests.delayed) != 1 {
		t.Fatalf("%d delayed requests", len(b.requests.delayed))
	}
	b.feed(step.Down{Assoc: 1})
	if got := countPrefix(describeAll(b.pass(time.Second)), "send 1"); got != 0 || len(b.requests.delayed) != 0 {
		t.Errorf("%d messages, %d requests are left", got, len(b.requests.delayed))
	}
}

// Lists come at a slower pace than tables. A flood of requests for lists does not delay the tables
// of others.
func TestRequestsInOrder(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{})
	b.addPeer(1, idPeer)
	b.addPeer(2, idOther)
	for range requestBurst + 1 {
		b.receive(1, &enrpmsg.ListRequest{IDs: enrpmsg.IDs{Sender: idPeer}})
	}
	for range requestBurst + 1 {
		b.receive(2, &enrpmsg.HandleTableRequest{IDs: enrpmsg.IDs{Sender: idOther}})
	}
	if got := countPrefix(describeAll(b.pass(tableInterval)), "send 2: table-response"); got != 1 {
		t.Errorf("%d answers after %v, want 1", got, tableInterval)
	}
}
