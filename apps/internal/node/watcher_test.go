package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/wire"
)

// answer is the result of a resolution after a time.
type answer struct {
	after    time.Duration
	elements []wire.PoolElement
	err      error
}

// fakeNode answers resolutions in order, and the last answer again and again.
type fakeNode []answer

func (f *fakeNode) Resolve(ctx context.Context, _ string, _ *asap.ResolveConfig) (asap.Resolution, error) {
	a := (*f)[0]
	if len(*f) > 1 {
		*f = (*f)[1:]
	}
	select {
	case <-time.After(a.after):
		return asap.Resolution{Elements: a.elements}, a.err
	case <-ctx.Done():
		return asap.Resolution{}, context.Cause(ctx)
	}
}

// TestWatcher watches for 20 seconds. Notes begin with the time at which they came:
// looks are made after 1, 1.2, 3.2 ... seconds.
func TestWatcher(t *testing.T) {
	t.Parallel()
	const never = 1000 * time.Hour
	const empty = "waiting for an element: pool P is empty"
	const hunt = "waiting for a registrar somewhere"
	unknown := asap.ErrPoolUnknown
	for _, test := range []struct {
		name    string
		answers fakeNode
		limits  limits
		notes   []string
		final   error
	}{
		{name: "no registrar", answers: fakeNode{{never, nil, nil}}, notes: []string{"1.2s " + hunt}},
		{name: "a registrar at last", answers: fakeNode{{5 * time.Second, nil, unknown}, {0, nil, unknown}}, notes: []string{"1.2s " + hunt, "6s " + empty}},
		{name: "empty pool", answers: fakeNode{{0, nil, unknown}}, notes: []string{"1.2s " + empty}},
		{name: "the registrar is lost", answers: fakeNode{{0, nil, unknown}, {never, nil, nil}}, notes: []string{"1.2s " + empty, "3.2s " + hunt}},
		{
			name:    "one element",
			answers: fakeNode{{0, []wire.PoolElement{{ID: 7}}, nil}},
			notes:   []string{"1.2s trying element 0x00000007 of pool P"},
		},
		{
			name:    "three elements",
			answers: fakeNode{{0, nil, unknown}, {0, []wire.PoolElement{{ID: 7}, {ID: 8}, {ID: 9}}, nil}},
			notes:   []string{"1.2s " + empty, "3.2s trying 3 elements, such as 0x00000007, of pool P"},
		},
		{name: "silence", answers: fakeNode{{0, nil, asap.ErrTimeout}}, notes: []string{"1.2s waiting for the registrar: it does not answer"}},
		{name: "silence, limited hunt", limits: limits{hunt: true}, answers: fakeNode{{0, nil, asap.ErrTimeout}}, notes: []string{"1.2s waiting for the registrar: it does not answer"}},
		{name: "silence, limited", limits: limits{requests: true}, answers: fakeNode{{0, nil, asap.ErrTimeout}}, final: asap.ErrTimeout},
		{name: "hunt, limited", limits: limits{hunt: true}, answers: fakeNode{{4 * time.Second, nil, asap.ErrNoRegistrar}}, notes: []string{"1.2s " + hunt}, final: asap.ErrNoRegistrar},
		{name: "refused", answers: fakeNode{{0, nil, &asap.RejectedError{}}}, notes: []string{"1.2s rejected by the registrar"}},
		{name: "closed", answers: fakeNode{{0, nil, asap.ErrClosed}}, final: asap.ErrClosed},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				var notes []string
				w := &Watcher{
					node: &test.answers, pool: "P", where: "somewhere", limits: test.limits,
					note: func(format string, args ...any) {
						notes = append(notes, fmt.Sprintf("%v ", time.Since(start))+fmt.Sprintf(format, args...))
					},
				}
				ctx, cancel := context.WithCancelCause(t.Context())
				stop := w.Start(ctx, cancel)
				time.Sleep(20 * time.Second)
				stop()
				if err := context.Cause(ctx); !errors.Is(err, test.final) {
					t.Errorf("gave up with %v, want %v", err, test.final)
				}
				cancel(nil)
				if !slices.Equal(notes, test.notes) {
					t.Errorf("notes\n%s\nwant\n%s", strings.Join(notes, "\n"), strings.Join(test.notes, "\n"))
				}
			})
		})
	}
}

// TestWatcherStops asserts that a short wait is not explained.
func TestWatcherStops(t *testing.T) {
	t.Parallel()
	for _, answers := range []fakeNode{{{0, nil, asap.ErrPoolUnknown}}, {{time.Hour, nil, nil}}} {
		synctest.Test(t, func(t *testing.T) {
			w := &Watcher{node: &answers, note: func(format string, args ...any) { t.Errorf(format, args...) }}
			stop := w.Start(t.Context(), func(err error) { t.Error(err) })
			time.Sleep(watchDelay - time.Nanosecond)
			stop()
		})
	}
}
