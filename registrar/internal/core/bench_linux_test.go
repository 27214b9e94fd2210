package core

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/rserpool-go/rserpool/enrp"
	"github.com/rserpool-go/rserpool/registrar/internal/asapside"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// watch runs a registrar in virtual time, and measures the processor time of its steps.
type watch struct {
	*Core
	now     time.Time
	longest time.Duration // of a step
	dials   []step.DialID
}

// do measures a step.
func (w *watch) do(f func() []Action) {
	begin := threadTime()
	actions := f()
	w.longest = max(w.longest, threadTime()-begin)
	for _, a := range actions {
		if d, ok := a.Action.(step.Dial); ok && a.Side == ASAP {
			w.dials = append(w.dials, d.Dial)
		}
	}
}

// threadTime returns the processor time of this thread. On a busy machine it tells more than the time
// of day.
func threadTime() time.Duration {
	const clockThreadCPUTime = 3
	var t syscall.Timespec
	if _, _, errno := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clockThreadCPUTime, uintptr(unsafe.Pointer(&t)), 0); errno != 0 {
		panic(errno)
	}
	return time.Duration(t.Nano())
}

// feed measures an event.
func (w *watch) feed(side Side, ev step.Event) {
	w.do(func() []Action { return w.Step(w.now, side, ev) })
}

// pass measures the ticks of a time. Dials to elements fail.
func (w *watch) pass(d time.Duration) {
	for end := w.now.Add(d); ; {
		for _, dial := range w.dials {
			w.feed(ASAP, step.DialFailed{Dial: dial})
		}
		w.dials = w.dials[:0]
		next := w.Deadline()
		if next.IsZero() || next.After(end) {
			w.now = end
			return
		}
		if next.After(w.now) {
			w.now = next
		}
		w.do(func() []Action { return w.Tick(w.now) })
	}
}

// newWatch returns a registrar that serves.
func newWatch() *watch {
	begin := time.Unix(1e9, 0)
	w := &watch{now: begin, Core: New(Config{
		Elements: asapside.Config{ID: 0xabc},
		Peers:    enrp.Config{ID: 0xabc},
		Random:   rand.New(rand.NewPCG(1, 2)),
	}, begin)}
	w.feed(ENRP, step.LocalAddrs{Addrs: []netip.AddrPort{netip.MustParseAddrPort("10.0.0.1:9901")}})
	w.pass(2 * time.Second)
	return w
}

// BenchmarkLongestStep reports the longest step in milliseconds of processor time, and the time of all
// steps for each element: a peer with many elements is taken over, none of which can be reached; an association
// with many elements ends.
func BenchmarkLongestStep(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprintf("peer/%d", n), func(b *testing.B) { benchmarkSteps(b, n, addPeerElements, endPeer) })
		b.Run(fmt.Sprintf("association/%d", n), func(b *testing.B) { benchmarkSteps(b, n, addOwnElements, endAssociation) })
	}
}

func benchmarkSteps(b *testing.B, n int, add func(w *watch, n int), end func(w *watch)) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	longest, total := time.Duration(0), time.Duration(0)
	for b.Loop() {
		w := newWatch()
		add(w, n)
		if w.Handlespace().Len() != n {
			b.Fatalf("%d elements", w.Handlespace().Len())
		}
		w.longest = 0
		begin := threadTime()
		end(w)
		total += threadTime() - begin
		longest = max(longest, w.longest)
		if w.Handlespace().Len() != 0 {
			b.Fatalf("%d elements are left", w.Handlespace().Len())
		}
	}
	b.ReportMetric(float64(longest.Microseconds())/1000, "ms/longest-step")
	b.ReportMetric(float64(total.Nanoseconds())/float64(b.N*n), "ns/element")
	b.ReportMetric(0, "ns/op")
}

// poolOf returns the pool of the i-th element.
func poolOf(i int) wire.PoolHandle { return wire.PoolHandle(fmt.Sprintf("pool %d", i/128)) }

func addPeerElements(w *watch, n int) {
	ids := enrpmsg.IDs{Sender: 0xdef}
	at := wire.Transport{Protocol: wire.SCTP, Port: 2000, Addrs: []netip.Addr{netip.MustParseAddr("10.0.0.2")}}
	w.feed(ENRP, step.Up{Assoc: 1, Peer: at.AddrPorts()})
	w.feed(ENRP, step.Received[enrpmsg.Message]{Assoc: 1, Message: &enrpmsg.Presence{IDs: ids, Server: &wire.ServerInformation{ID: ids.Sender, Transport: at}}})
	pe := wire.PoolElement{HomeID: ids.Sender, RegistrationLife: time.Hour, UserTransport: at, ASAPTransport: &at, Policy: wire.Policy{Type: wire.RoundRobin}}
	for i := range n {
		pe.ID = wire.PEID(i + 1)
		w.feed(ENRP, step.Received[enrpmsg.Message]{Assoc: 1, Message: &enrpmsg.HandleUpdate{IDs: ids, PoolHandle: poolOf(i), PoolElement: pe}})
	}
}

func endPeer(w *watch) {
	w.feed(ENRP, step.Down{Assoc: 1})
	w.pass(time.Minute)
}

func addOwnElements(w *watch, n int) {
	at := netip.MustParseAddrPort("10.0.0.2:2000")
	w.feed(ASAP, step.Up{Assoc: 1, Peer: []netip.AddrPort{at}})
	pe := wire.PoolElement{RegistrationLife: time.Hour, UserTransport: wire.Transport{Protocol: wire.SCTP, Port: 80, Addrs: []netip.Addr{at.Addr()}}, Policy: wire.Policy{Type: wire.RoundRobin}}
	for i := range n {
		pe.ID = wire.PEID(i + 1)
		w.feed(ASAP, step.Received[asapmsg.Message]{Assoc: 1, Message: &asapmsg.Registration{PoolHandle: poolOf(i), PoolElement: pe}})
	}
}

func endAssociation(w *watch) {
	w.feed(ASAP, step.Down{Assoc: 1})
	w.pass(time.Minute)
}
