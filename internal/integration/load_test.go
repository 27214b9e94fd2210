package integration

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// loaded is an element whose sessions take a share of it on request.
type loaded struct {
	b        *bed
	listener *asap.Listener
	observer *asap.Node
}

// shares are the messages by which a user changes the share of its session.
var shares = map[string]float64{"none": 0, "little": 0.001, "quarter": 0.25, "half": 0.5, "all": 1, "more": 7, "less": -1, "NaN": math.NaN()}

func (b *bed) loaded(policy wire.Policy) *loaded {
	b.t.Helper()
	return &loaded{
		b:        b,
		observer: b.node(b.net.Host(), b.pr),
		listener: b.serve(&asap.ListenConfig{Policy: policy}, func(ctx context.Context, s *asap.Session) error {
			for m, err := range s.Messages(ctx) {
				switch share, ok := shares[string(m.Data)]; {
				case err != nil:
					return err
				case !ok:
					return errors.New(string(m.Data))
				default:
					s.SetLoad(share)
				}
			}
			return nil
		}),
	}
}

// want waits until the registrar has a load, in percent, and checks that it keeps it.
func (l *loaded) want(percent float64) {
	l.b.t.Helper()
	load := func() wire.Policy {
		pool, err := l.observer.Resolve(l.b.limit(), "echo", nil)
		if err != nil {
			l.b.t.Fatal(err)
		}
		return pool.Elements[0].Policy
	}
	var got wire.Policy
	for range 100 {
		if got = load(); math.Abs(float64(got.Load)/wire.FullLoad*100-percent) < 0.01 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	time.Sleep(time.Second)
	if later := load(); later != got || math.Abs(float64(got.Load)/wire.FullLoad*100-percent) >= 0.01 {
		l.b.t.Errorf("load %.2f %%, then %.2f %%, want %v %%",
			float64(got.Load)/wire.FullLoad*100, float64(later.Load)/wire.FullLoad*100, percent)
	}
}

// The registrar sees the sum of the shares of all sessions, and nothing of a session after its
// end, by whatever end.
func TestLoad(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		l := b.loaded(wire.Policy{Type: wire.LeastUsed})
		host := b.net.Host()
		pu := b.node(host, b.pr)
		for name, end := range map[string]func(*asap.Session){
			"Shutdown":     func(s *asap.Session) { _ = s.Shutdown(b.limit()) },
			"Close":        func(s *asap.Session) { _ = s.Close() },
			"Failover":     func(s *asap.Session) { _ = s.Failover(b.limit()) },
			"zero":         func(s *asap.Session) { b.send(s, "none") },
			"below zero":   func(s *asap.Session) { b.send(s, "less") },
			"not a number": func(s *asap.Session) { b.send(s, "NaN") },
			"handler":      func(s *asap.Session) { b.send(s, "end of the handler") },
		} {
			first, second := b.dial(pu, nil), b.dial(pu, nil)
			l.want(0)
			b.send(first, "half")
			l.want(50)
			b.send(second, "quarter")
			l.want(75)
			b.send(first, "little") // The change is more than a step.
			l.want(25.1)
			b.send(first, "none") // The change is less than a step.
			l.want(25.1)
			b.send(first, "half")
			l.want(75)
			end(first)
			l.want(25)
			b.send(second, "more")
			l.want(100)
			end(second)
			l.want(0)
			if t.Failed() {
				t.Fatalf("end by %s", name)
			}
			_, _ = first.Close(), second.Close()
		}
		s := b.dial(pu, nil)
		b.send(s, "half")
		b.send(s, "all")
		l.want(100)
		host.Crash()
		l.want(0)
	})
}

// The load of the sessions comes on top of the policy that the program sets.
func TestLoadAndPolicy(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		policy := wire.Policy{Type: wire.PriorityLeastUsed, Load: wire.FullLoad / 10, LoadDegradation: 7}
		l := b.loaded(policy)
		l.want(10)
		s := b.dial(b.node(b.net.Host(), b.pr), nil)
		b.send(s, "quarter")
		l.want(35)
		policy.Load, policy.LoadDegradation = wire.FullLoad/5, 8
		if err := l.listener.SetPolicy(b.limit(), policy); err != nil {
			t.Fatal(err)
		}
		l.want(45)
		b.send(s, "half")
		l.want(70)
		if pool, err := l.observer.Resolve(b.limit(), "echo", nil); err != nil || pool.Elements[0].Policy.LoadDegradation != 8 {
			t.Errorf("%+v, %v", pool, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		l.want(20)
		if err := l.listener.SetPolicy(b.limit(), wire.Policy{Type: wire.PriorityLeastUsed}); err != nil {
			t.Fatal(err)
		}
		l.want(0)
	})
}

// A policy that is not adaptive does not tell loads.
func TestLoadWithoutAdaptivePolicy(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		registrations := 0
		b.registrar(b.pr, registrar.Config{Observe: func(o registrar.Observation) {
			if m, ok := o.ASAP.(*asapmsg.Registration); ok && m.PoolHandle == "echo" {
				registrations++
			}
		}})
		l := b.loaded(wire.Policy{Type: wire.WeightedRoundRobin, Weight: 3})
		s := b.dial(b.node(b.net.Host(), b.pr), nil)
		b.send(s, "half")
		l.want(0)
		if registrations != 1 {
			t.Errorf("%d registrations", registrations)
		}
	})
}

// A session that its program does not use any more gives its share back as well.
func TestLoadOfAcceptedSessions(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		l := &loaded{b: b, observer: b.node(b.net.Host(), b.pr), listener: b.listenOnly(&asap.ListenConfig{Policy: wire.Policy{Type: wire.LeastUsed}})}
		for name, end := range map[string]func(user, element *asap.Session){
			"Close":    func(_, element *asap.Session) { _ = element.Close() },
			"Shutdown": func(_, element *asap.Session) { _ = element.Shutdown(b.limit()) },
			"Receive": func(user, element *asap.Session) {
				_ = user.Shutdown(b.limit())
				_, _ = element.Receive(b.limit())
			},
			"Send": func(user, element *asap.Session) {
				_ = user.Close()
				time.Sleep(time.Second)
				_ = element.Send(b.limit(), asap.Message{Data: []byte("x")})
			},
			"SetState": func(user, element *asap.Session) {
				_ = user.Close()
				time.Sleep(time.Second)
				_ = element.SetState(b.limit(), []byte("x"))
			},
		} {
			user := b.dial(b.node(b.net.Host(), b.pr), &asap.DialConfig{Manual: true})
			element := b.accept(l.listener)
			element.SetLoad(0.5)
			l.want(50)
			end(user, element)
			element.SetLoad(0.7) // Too late.
			l.want(0)
			if t.Failed() {
				t.Fatalf("end by %s", name)
			}
			_ = user.Close()
		}
	})
}

// Many sessions that change their loads at once leave nothing.
func TestLoadOfManySessions(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		l := b.loaded(wire.Policy{Type: wire.LeastUsed})
		var sessions []*asap.Session
		pu := b.node(b.net.Host(), b.pr)
		for range 50 {
			s := b.dial(pu, nil)
			sessions = append(sessions, s)
			go func() {
				for _, share := range []string{"little", "half", "all", "quarter"} {
					_ = s.Send(b.limit(), asap.Message{Data: []byte(share)})
				}
				_ = s.Shutdown(b.limit())
			}()
		}
		for _, s := range sessions {
			_ = s.Shutdown(b.limit())
		}
		l.want(0)
	})
}
