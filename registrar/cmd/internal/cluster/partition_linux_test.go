package cluster_test

import (
	"slices"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

// A half is what is at one of the switches: registrars with elements and users.
type half struct {
	running []*process
	watches []*watch
	ids     []wire.PEID
}

// newHalves starts registrars on all hosts of a LAN, with elements that know those of
// their half. The registrars find each other by multicast.
func newHalves(t *testing.T, l *lan) (halves [2]*half) {
	t.Helper()
	for i, hosts := range l.hosts {
		h := &half{}
		for j, on := range hosts {
			p := newProcess(t, on, wire.ServerID(0x100*(i+1)+j))
			p.start("--asapannounce=auto", "--enrpannounce=auto")
			h.running = append(h.running, p)
			h.watches = append(h.watches, startWatch(t, p))
		}
		for _, p := range h.running {
			h.ids = append(h.ids, addElements(t, perRegistrar, p.on, p)...)
		}
		halves[i] = h
	}
	t.Cleanup(func() {
		for _, h := range halves {
			h.expect(nil) // The elements take their leave.
		}
	})
	return halves
}

func (h *half) expect(ids []wire.PEID) {
	for _, w := range h.watches {
		w.expect(ids)
	}
}

// Two halves lose each other: each keeps just what is its own. When they are one again,
// all have the same again.
func TestPartition(t *testing.T) {
	l := newLAN(t, 2)
	halves := newHalves(t, l)
	all := &half{
		running: slices.Concat(halves[0].running, halves[1].running),
		watches: slices.Concat(halves[0].watches, halves[1].watches),
		ids:     slices.Concat(halves[0].ids, halves[1].ids),
	}
	took := awaitAll(t, all.watches, 40*time.Second, all.ids, all.running...)
	t.Logf("4 registrars found each other by multicast, and agreed on %d elements after %v", len(all.ids), took.Round(time.Millisecond))
	for _, h := range halves {
		h.expect(h.ids) // Always.
	}
	for round := range 2 {
		l.part()
		for i, h := range halves {
			took := awaitAll(t, h.watches, 40*time.Second, h.ids, h.running...)
			t.Logf("round %d: half %d had just its own after %v", round, i, took.Round(time.Millisecond))
		}
		l.heal()
		took := awaitAll(t, all.watches, 40*time.Second, all.ids, all.running...)
		t.Logf("round %d: all had all again after %v", round, took.Round(time.Millisecond))
		settle(t, all.watches)
		awaitAll(t, all.watches, 40*time.Second, all.ids, all.running...)
	}
}

// Halves that lose each other only for a moment, about as long as it takes to notice, and
// as it takes until what the others had is given up.
// Elements may then move to the other half, for a registrar there has taken them over
// and reaches them before it hears that their home lives; in the end all agree.
func TestShortPartitions(t *testing.T) {
	l := newLAN(t, 2)
	halves := newHalves(t, l)
	watches := slices.Concat(halves[0].watches, halves[1].watches)
	running := slices.Concat(halves[0].running, halves[1].running)
	ids := slices.Concat(halves[0].ids, halves[1].ids)
	awaitAll(t, watches, 40*time.Second, ids, running...)
	for _, d := range []time.Duration{1500 * time.Millisecond, 2500 * time.Millisecond, 4 * time.Second, 9500 * time.Millisecond, 10500 * time.Millisecond} {
		l.part()
		begin := time.Now()
		await(t, 20*time.Second, "time passes", func() bool { return time.Since(begin) >= d })
		l.heal()
		took := awaitAll(t, watches, 40*time.Second, ids, running...)
		t.Logf("apart for %v: all had all again after %v", d, took.Round(time.Millisecond))
		settle(t, watches)
		awaitAll(t, watches, 40*time.Second, ids, running...)
	}
}

// A host falls silent, and its registrar with it: the elements that registered there
// from other hosts are taken over, and always offered.
func TestUnplug(t *testing.T) {
	l := newLAN(t, 2)
	var running []*process
	var watches []*watch
	for i, on := range slices.Concat(l.hosts[0], l.hosts[1]) {
		p := newProcess(t, on, wire.ServerID(0x100+i))
		p.start("--asapannounce=auto", "--enrpannounce=auto")
		running = append(running, p)
		watches = append(watches, startWatch(t, p))
	}
	ids := addElements(t, perRegistrar, running[1].on, running[0])
	ids = append(ids, addElements(t, perRegistrar, running[2].on, running[0])...)
	awaitAll(t, watches, 40*time.Second, ids, running[0])
	watches[0].stop()
	watches, running = watches[1:], running[1:]
	for _, w := range watches {
		w.expect(ids)
	}
	t.Cleanup(func() {
		for _, w := range watches {
			w.expect(nil)
		}
	})
	l.unplug(0, 0)
	took := awaitAll(t, watches, 40*time.Second, ids, running...)
	t.Logf("all elements taken over from the silent host after %v", took.Round(time.Millisecond))
	settle(t, watches)
	awaitAll(t, watches, 40*time.Second, ids, running...)
}
