package csp_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"
	"unicode"

	"github.com/rserpool-go/rserpool/csp"
)

// checkMonitor checks the bounds of a monitor.
func checkMonitor(s csp.Snapshot, maxComponents, maxAssociations int) error {
	var errs []error
	if len(s.Components) > maxComponents {
		errs = append(errs, fmt.Errorf("%d components, want at most %d", len(s.Components), maxComponents))
	}
	for i, c := range s.Components {
		if len(c.Associations) > maxAssociations {
			errs = append(errs, fmt.Errorf("%d associations, want at most %d", len(c.Associations), maxAssociations))
		}
		for _, r := range c.Location + c.Status {
			if !unicode.IsPrint(r) {
				errs = append(errs, fmt.Errorf("character %U in %q or %q", r, c.Location, c.Status))
			}
		}
		if i > 0 && s.Components[i-1].SenderID >= c.SenderID {
			errs = append(errs, fmt.Errorf("component %v is not after %v", c.SenderID, s.Components[i-1].SenderID))
		}
		if c.SenderID.Object() == 0 || c.Reports == 0 || c.Last.Before(c.First) || !c.From.IsValid() {
			errs = append(errs, fmt.Errorf("component %+v", c))
		}
	}
	return errors.Join(errs...)
}

// FuzzMonitor gives a monitor with little room a row of datagrams: each has an octet for the
// address of the sender, an octet for the time before the datagram, two octets for the length, and
// the data. Whatever arrives, the bounds hold, the changes tell the same story as the snapshot, and
// no component outlives its deadline.
func FuzzMonitor(f *testing.F) {
	var all []byte
	for i, v := range vectors(f) {
		all = append(all, byte(i%3), byte(10*i), byte(len(v.octets)>>8), byte(len(v.octets)))
		all = append(all, v.octets...)
	}
	f.Add(all)
	f.Add(slices.Concat(all, all, all))
	f.Fuzz(func(t *testing.T, script []byte) {
		const room, most = 3, 1
		w := newWatch(t, csp.MonitorConfig{MaxComponents: room, MaxPerSource: 2, MaxAssociations: most})
		known := make(map[csp.ComponentID]bool)
		for len(script) >= 4 {
			from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, script[0] % 3}), 1)
			w.now = w.now.Add(time.Duration(script[1]) * 100 * time.Millisecond)
			length := min(int(script[2])<<8|int(script[3]), len(script)-4)
			data := script[4 : 4+length]
			script = script[4+length:]
			for _, c := range w.Step(w.now, csp.Datagram{From: from, Data: data}) {
				follow(t, known, c)
			}
			s := w.Snapshot(w.now)
			if err := checkMonitor(s, room, most); err != nil {
				t.Fatal(err)
			}
			for _, c := range s.Components {
				if !known[c.SenderID] {
					t.Fatalf("component %v has not appeared", c.SenderID)
				}
			}
			if d := w.Deadline(); len(s.Components) != len(known) || d.IsZero() != (len(known) == 0) || len(known) > 0 && !d.After(w.now) {
				t.Fatalf("%d components, %d by the changes, deadline %v at %v", len(s.Components), len(known), d, w.now)
			}
		}
	})
}

// follow keeps the set of known components by changes.
func follow(t *testing.T, known map[csp.ComponentID]bool, c csp.Change) {
	id := c.Component.SenderID
	if known[id] == (c.Kind == csp.Appeared) {
		t.Fatalf("component %v has %v, known before: %v", id, c.Kind, known[id])
	}
	switch c.Kind {
	case csp.Appeared:
		known[id] = true
	case csp.Removed, csp.Expired, csp.Displaced:
		delete(known, id)
	case csp.Changed, csp.Repeated, csp.Ended:
	default:
		t.Fatalf("kind %v", c.Kind)
	}
}

func BenchmarkMonitor(b *testing.B) {
	const components = 4096
	var datagrams []csp.Datagram
	for i := range components {
		r := alive(csp.NewComponentID(csp.GroupPoolElement, uint64(i+1)), 0)
		r.Associations = make([]csp.Association, 2)
		data, err := r.AppendBinary(nil)
		if err != nil {
			b.Fatal(err)
		}
		datagrams = append(datagrams, csp.Datagram{From: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 1), Data: data})
	}
	b.Run("report", func(b *testing.B) {
		w, i := newWatch(b, csp.MonitorConfig{}), 0
		b.ReportAllocs()
		for b.Loop() {
			w.now = w.now.Add(100 * time.Microsecond)
			w.Step(w.now, datagrams[i%components])
			i++
		}
	})
	b.Run("garbage", func(b *testing.B) {
		w := newWatch(b, csp.MonitorConfig{})
		garbage := csp.Datagram{From: datagrams[0].From, Data: make([]byte, 1000)}
		b.ReportAllocs()
		for b.Loop() {
			w.Step(w.now, garbage)
		}
	})
	b.Run("newcomer", func(b *testing.B) { // Each displaces another.
		w, i := newWatch(b, csp.MonitorConfig{MaxComponents: components / 2}), 0
		b.ReportAllocs()
		for b.Loop() {
			w.Step(w.now, datagrams[i%components])
			i++
		}
	})
	b.Run("snapshot", func(b *testing.B) {
		w := newWatch(b, csp.MonitorConfig{})
		for _, d := range datagrams {
			w.Step(w.now, d)
		}
		b.ReportAllocs()
		for b.Loop() {
			w.Snapshot(w.now)
		}
	})
}
