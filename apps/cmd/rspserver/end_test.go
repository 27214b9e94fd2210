package main

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/asap"
)

// TestLostHome asserts the time limit for the end of a server.
func TestLostHome(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		before []asap.Event
		after  asap.Event // comes a second after the beginning of the end
		want   time.Duration
		cause  error
	}{
		{name: "never registered", want: 500 * time.Millisecond, cause: errNoHome},
		{name: "registered", before: []asap.Event{asap.Registered{}}, want: 5 * time.Second, cause: errSlowEnd},
		{name: "lost", before: []asap.Event{asap.Registered{}, asap.RegistrarLost{}}, want: 500 * time.Millisecond, cause: errNoHome},
		{name: "found again", before: []asap.Event{asap.Registered{}, asap.RegistrarLost{}, asap.Registered{}, asap.Registered{}}, want: 5 * time.Second, cause: errSlowEnd},
		{name: "rejected", before: []asap.Event{asap.Registered{}, asap.RegistrarLost{}, asap.Rejected{}}, want: 500 * time.Millisecond, cause: errNoHome},
		{name: "lost while ending", before: []asap.Event{asap.Registered{}}, after: asap.RegistrarLost{}, want: 1500 * time.Millisecond, cause: errNoHome},
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
				if cause := context.Cause(ctx); cause != test.cause {
					t.Errorf("ended by %v, want %v", cause, test.cause)
				}
			})
		})
	}
}
