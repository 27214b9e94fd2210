package sim

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkScaling measures what registrars send each other, against their number and
// that of the elements: while nothing happens but renewals, and when one of them dies.
// Each element registers every 30 s, and all timers are the default ones.
func BenchmarkScaling(b *testing.B) {
	for _, registrars := range []int{2, 3, 5, 10, 20} {
		for _, elements := range []int{0, 100, 1000, 10_000} {
			b.Run(fmt.Sprintf("registrars=%d/elements=%d", registrars, elements), func(b *testing.B) {
				for b.Loop() {
					scale(b, registrars, elements)
				}
			})
		}
	}
}

// scale runs a world, and reports figures per registrar.
func scale(b *testing.B, registrars, elements int) {
	w := New(Config{
		Seed:             1,
		Registrars:       registrars,
		Elements:         elements,
		Pools:            1 + elements/100,
		StaticRegistrars: true,
		Spread:           30 * time.Second,
	})
	w.Run(90 * time.Second)
	if err := w.Check(); err != nil {
		b.Fatal(err)
	}
	const window = 60 * time.Second // Every second renewal is told.
	before := w.countSent()
	w.Run(window)
	after := w.countSent()
	per := window.Seconds() * float64(registrars)
	b.ReportMetric(float64(after.Messages-before.Messages)/per, "messages/s")
	b.ReportMetric(float64(after.Octets-before.Octets)/per, "octets/s")

	w.registrars[0].Crash(true)
	begin, before := w.now, w.countSent()
	for w.Check() != nil {
		if w.now-begin > w.bound() {
			b.Fatal(w.Check())
		}
		w.Run(100 * time.Millisecond)
	}
	b.ReportMetric((w.now - begin).Seconds(), "s-to-settle")
	b.ReportMetric(float64(w.countSent().Messages-before.Messages)/float64(registrars-1), "messages-to-settle")
	b.ReportMetric(0, "ns/op")
}

// countSent returns what all registrars have sent each other.
func (w *World) countSent() (t Traffic) {
	for _, r := range w.registrars {
		if r.Running() {
			t.Messages += r.Traffic().Messages
			t.Octets += r.Traffic().Octets
		}
	}
	return t
}
