package service

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/rserpool-go/rserpool/wire"
)

// policies notes the policies that are set.
type policies []wire.Policy

func (p *policies) SetPolicy(_ context.Context, policy wire.Policy) error {
	*p = append(*p, policy)
	return nil
}

func (p policies) percent() []int {
	var list []int
	for _, policy := range p {
		list = append(list, int(float64(policy.Load)*1000/wire.FullLoad+0.5))
	}
	return list
}

// TestLoad changes the loads of two sessions, and looks at what is reported, in
// thousandths.
func TestLoad(t *testing.T) {
	t.Parallel()
	type step struct {
		session int
		load    float64
	}
	for _, test := range []struct {
		name   string
		policy wire.Policy
		steps  []step
		want   []int
	}{
		{"none", wire.Policy{Type: wire.LeastUsed}, nil, nil},
		{"one session", wire.Policy{Type: wire.LeastUsed}, []step{{0, 0.25}, {0, 0.5}, {0, 0}}, []int{250, 500, 0}},
		{"two sessions", wire.Policy{Type: wire.LeastUsed}, []step{{0, 0.25}, {1, 0.25}, {0, 0}, {1, 0}}, []int{250, 500, 250, 0}},
		{"small changes add up", wire.Policy{Type: wire.LeastUsed}, []step{{0, 0.004}, {0, 0.008}, {0, 0.011}, {0, 0.014}, {1, 0.008}}, []int{11, 22}},
		{"no small rest", wire.Policy{Type: wire.LeastUsed}, []step{{0, 0.014}, {0, 0.005}, {0, 0}}, []int{14, 0}},
		{"at most all", wire.Policy{Type: wire.LeastUsed}, []step{{0, 1}, {1, 0.75}, {0, 0}, {0, 17}, {0, -1}}, []int{1000, 750, 1000, 750}},
		{"not adaptive", wire.Policy{Type: wire.WeightedRoundRobin, Weight: 7}, []step{{0, 1}, {0, 0}}, nil},
		{"other values stay", wire.Policy{Type: wire.LeastUsedDegradation, LoadDegradation: 99}, []step{{0, 1}}, []int{1000}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var got policies
				var usage Usage
				l := newLoad(test.policy, &got, slog.New(slog.DiscardHandler), &usage)
				ctx, cancel := context.WithCancel(t.Context())
				go l.report(ctx)
				sessions := []*Session{{load: l, out: io.Discard}, {load: l, out: io.Discard}}
				for _, s := range test.steps {
					sessions[s.session].SetLoad(s.load)
					synctest.Wait()
				}
				cancel()
				synctest.Wait()
				if load := usage.Load(); test.want != nil && int(load*1000+0.5) != test.want[len(test.want)-1] {
					t.Errorf("the usage shows a load of %v", load)
				}
				if !slices.Equal(got.percent(), test.want) {
					t.Errorf("reported %v, want %v", got.percent(), test.want)
				}
				for _, p := range got {
					if p.Load = test.policy.Load; p != test.policy {
						t.Errorf("the policy has become %+v", p)
					}
				}
			})
		})
	}
}

// TestLoadWhileReporting asserts that the last value is reported, however many came
// while a report was under way.
func TestLoadWhileReporting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := slowPolicies{reporting: make(chan wire.Policy)}
		l := newLoad(wire.Policy{Type: wire.LeastUsed}, slow, slog.New(slog.DiscardHandler), new(Usage))
		ctx, cancel := context.WithCancel(t.Context())
		go l.report(ctx)
		s := &Session{load: l, out: io.Discard}
		s.SetLoad(0.1)
		synctest.Wait() // The report is under way, with 0.1.
		for i := range 80 {
			s.SetLoad(float64(i) / 100)
		}
		var last wire.Policy
		for range 2 {
			last = <-slow.reporting
			synctest.Wait()
		}
		if got := (policies{last}).percent(); !slices.Equal(got, []int{790}) {
			t.Errorf("the last report is %v", got)
		}
		cancel()
	})
}

type slowPolicies struct{ reporting chan wire.Policy }

func (s slowPolicies) SetPolicy(ctx context.Context, policy wire.Policy) error {
	select {
	case s.reporting <- policy:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
