package udpsctp

import (
	"runtime"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/budget"
	"github.com/rserpool-go/rserpool/transport/internal/assoctest"
)

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for begin := time.Now(); !holds(); runtime.Gosched() {
		if time.Since(begin) > assoctest.Timeout {
			t.Fatal("not in time: " + what)
		}
	}
}

// receiveAll takes the messages of an association that has ended.
func receiveAll(t testing.TB, a *association) {
	t.Helper()
	for {
		if _, err := a.Receive(assoctest.Limit(t)); err != nil {
			return
		}
	}
}

// TestUnreadAfterEnd asserts that messages of associations that have ended count until they have
// been received, or the owner has forgotten the association: peers could fill the memory by
// associations that they abort.
func TestUnreadAfterEnd(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	ea := bindLoopback(t, Config{Budget: budget.New(2 * size)})
	eb := bindLoopback(t, Config{})
	held := ea.config.Budget.Octets
	var ended []*association
	for range 10 {
		b, a := connect(t, eb, ea)
		for octets := 0; octets < 128<<10 && a.Err() == nil; octets, _ = a.received.Size() {
			fill(t, b, 16<<10)
		}
		b.Abort("")
		<-a.pipe.drained
		ended = append(ended, a)
	}
	eventually(t, "room", func() bool { return held() <= size })
	sum := 0
	for _, a := range ended {
		octets, _ := a.received.Size()
		sum += octets
	}
	if counted := held(); sum > size || int(counted) < sum || sum == 0 {
		t.Errorf("%d octets wait, %d are counted of %d", sum, counted, size)
	}
	for _, a := range ended[1:] {
		receiveAll(t, a)
	}
	if octets, _ := ended[0].received.Size(); held() > int64(octets+octets/10) {
		t.Errorf("%d octets are counted, want those of a single association: %d", held(), octets)
	}
	ended = nil
	eventually(t, "memory", func() bool { runtime.GC(); return held() == 0 })
}
