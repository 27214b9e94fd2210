package main

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/asap"
)

// TestLostHome asserts how long a server takes for its end at most.
func TestLostHome(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		before []asap.ListenerEvent
		after  asap.ListenerEvent // comes a second after the beginning of the end
		want   time.Duration
	}{
		{name: "never registered", want: 500 * time.Millisecond},
		{name: "registered", before: []asap.ListenerEvent{asap.Registered{}}, want: 5 * time.Second},
		{name: "lost", before: []asap.ListenerEvent{asap.Registered{}, asap.Lost{}}, want: 500 * time.Millisecond},
		{name: "found again", before: []asap.ListenerEvent{asap.Registered{}, asap.Lost{}, asap.Registered{}, asap.Registered{}}, want: 5 * time.Second},
		{name: "rejected", before: []asap.ListenerEvent{asap.Registered{}, asap.Lost{}, asap.Rejected{}}, want: 500 * time.Millisecond},
		{name: "lost in the end", before: []asap.ListenerEvent{asap.Registered{}}, after: asap.Lost{}, want: 1500 * time.Millisecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := newLostHome()
				for _, ev := range test.before {
					l.notify(ev)
				}
				began := time.Now()
				ctx, cancel := l.limit(t.Context())
				defer cancel()
				if test.after != nil {
					time.Sleep(time.Second)
					l.notify(test.after)
				}
				<-ctx.Done()
				if took := time.Since(began); took != test.want {
					t.Errorf("took %v, want %v", took, test.want)
				}
			})
		})
	}
}
