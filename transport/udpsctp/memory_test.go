package udpsctp

import (
	"errors"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/budget"
	"github.com/rserpool-go/rserpool/transport/internal/assoctest"
	"github.com/rserpool-go/rserpool/transport/internal/recvqueue"
)

// fill sends until the association takes no more. It reports the octets that were sent.
func fill(t testing.TB, a *association, size int) (octets int) {
	t.Helper()
	for {
		err := a.TrySend(transport.Message{Data: make([]byte, size)})
		if _, down := errors.AsType[*transport.DownError](err); down || err == transport.ErrWouldWait {
			return octets
		}
		if err != nil {
			t.Fatal(err)
		}
		octets += size
	}
}

// TestStalledPeer asserts that a peer that answers heartbeats, but takes no data, loses its
// association.
func TestStalledPeer(t *testing.T) {
	t.Parallel()
	ea := bindLoopback(t, Config{HeartbeatInterval: 20 * time.Millisecond, MaxMissed: 1000, StallTimeout: 2 * time.Second})
	n := NewNetwork(Config{})
	n.impair = func(b []byte, send func([]byte)) {
		if chunkType(b[headerLen]) != chunkSack {
			send(b)
		}
	}
	a, b := connect(t, ea, bindNetwork(t, n, loopback))
	good, other := connect(t, ea, bindLoopback(t, Config{}))
	for a.Err() == nil {
		fill(t, a, 16<<10)
		exchange(t, good, other)
	}
	if down := assoctest.WantDown(t, a, transport.CauseOverload); down.Reason != "peer takes no data" {
		t.Error(down)
	}
	assoctest.WantDown(t, b, transport.CauseAbortPeer)
	exchange(t, good, other)
}

// TestMemoryBudget asserts that associations whose peers take no data are aborted before they
// hold more than the budget, and that others stay.
func TestMemoryBudget(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	ea := bindLoopback(t, Config{Budget: budget.New(2 * size)})
	good, other := connect(t, ea, bindLoopback(t, Config{}))
	var bad []*association
	for range 6 {
		a, _ := connect(t, ea, bindLoopback(t, Config{}))
		bad = append(bad, a)
		// Twice: the receive buffer of the peer takes much of the first time.
		fill(t, a, 16<<10)
		fill(t, a, 16<<10)
	}
	for begin := time.Now(); ; {
		ended := 0
		for _, a := range bad {
			fill(t, a, 16<<10)
			if a.Err() != nil {
				assoctest.WantDown(t, a, transport.CauseOverload)
				ended++
			}
		}
		held := ea.config.Budget.Octets()
		if ended > 0 && held <= size {
			break
		}
		if time.Since(begin) > assoctest.Timeout {
			t.Fatalf("%d associations aborted, %d octets held", ended, held)
		}
	}
	exchange(t, good, other)
}

// TestMemoryBudgetOfReceived asserts that messages that wait for Receive count, and that
// nothing is counted after the end when they have been received.
func TestMemoryBudgetOfReceived(t *testing.T) {
	t.Parallel()
	const size = 512 << 10
	victim := bindLoopback(t, Config{Budget: budget.New(2 * size)})
	sender := bindLoopback(t, Config{})
	good, other := connect(t, sender, victim)
	var bad []*association
	for range 4 {
		a, _ := connect(t, bindLoopback(t, Config{}), victim)
		bad = append(bad, a)
	}
	aborted := func() bool {
		for _, a := range bad {
			if fill(t, a, 16<<10); a.Err() != nil {
				assoctest.WantDown(t, a, transport.CauseAbortPeer)
				return true
			}
		}
		return false
	}
	for begin := time.Now(); !aborted(); {
		if time.Since(begin) > assoctest.Timeout {
			t.Fatalf("nothing is aborted with %d octets held", victim.config.Budget.Octets())
		}
	}
	exchange(t, good, other)
	for _, a := range victim.associations() {
		a.Abort("")
		receiveAll(t, a)
	}
	if got := victim.config.Budget.Octets(); got != 0 {
		t.Errorf("%d octets are held after the end of all associations", got)
	}
}

// TestSmallMessages asserts that the memory of pion/sctp for a message counts, so that the
// number of small messages is bounded.
func TestSmallMessages(t *testing.T) {
	t.Parallel()
	const size = 256 << 10
	ea := bindLoopback(t, Config{SendBuffer: size})
	n := NewNetwork(Config{})
	n.impair = func(b []byte, send func([]byte)) {
		if chunkType(b[headerLen]) != chunkSack {
			send(b)
		}
	}
	a, _ := connect(t, ea, bindNetwork(t, n, loopback))
	if messages := fill(t, a, 1); messages > size/perSent+1 {
		t.Errorf("%d messages wait", messages)
	}
	a.held.Count()
	if got := ea.config.Budget.Octets(); got < size {
		t.Errorf("%d octets are counted, want %d", got, size)
	}
}

// TestHold asserts that octets of the owner count as octets of the transport do.
func TestHold(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	ea := bindLoopback(t, Config{Budget: budget.New(2 * size)})
	good, other := connect(t, ea, bindLoopback(t, Config{}))
	bad, _ := connect(t, ea, bindLoopback(t, Config{}))
	good.Hold(size / 4)
	bad.Hold(size / 2)
	bad.Hold(-size / 4)
	exchange(t, good, other)
	if bad.Err() != nil {
		t.Fatal(bad.Err())
	}
	bad.Hold(size)
	assoctest.WantDown(t, bad, transport.CauseOverload)
	exchange(t, good, other)
}

// TestInbox asserts that packets that pion/sctp has not read are bounded in octets.
func TestInbox(t *testing.T) {
	t.Parallel()
	a := &association{e: &endpoint{config: Config{}.withDefaults()}, received: recvqueue.New(0)}
	a.pipe.init(a, 1)
	for range 4096 {
		a.pipe.push(inbound{packet: make([]byte, pionPacketMax)})
	}
	if got := a.held.packets.Load(); got > inboxMax || got < inboxMax/2 {
		t.Errorf("%d octets of packets wait", got)
	}
}

// TestOverloadDropsMessages asserts that an association that is aborted for overload gives
// back the memory of its messages, even if nobody receives them.
func TestOverloadDropsMessages(t *testing.T) {
	t.Parallel()
	a, b := connect(t, bindLoopback(t, Config{}), bindLoopback(t, Config{}))
	fill(t, a, 1000)
	for begin := time.Now(); ; {
		if _, messages := b.received.Size(); messages > 0 {
			break
		}
		if time.Since(begin) > assoctest.Timeout {
			t.Fatal("nothing arrives")
		}
	}
	b.held.EndOverBudget()
	if _, err := b.Receive(assoctest.Limit(t)); err == nil {
		t.Error("a message is left")
	}
	if octets, _ := b.received.Size(); octets != 0 {
		t.Errorf("%d octets are left", octets)
	}
}
