package integration

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// A listener serves no more sessions at a time than configured. Further users are turned away in
// order, and served when there is room.
func TestMaxSessions(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		var serving, most atomic.Int64
		b.serve(&asap.ListenConfig{MaxSessions: 2}, func(ctx context.Context, s *asap.Session) error {
			most.Store(max(most.Load(), serving.Add(1)))
			defer serving.Add(-1)
			return echo(ctx, s)
		})
		pu := b.node(b.net.Host(), b.pr)
		first, second := b.dial(pu, nil), b.dial(pu, nil)
		b.ask(first, '1')
		b.ask(second, '1')
		notify, events := events()
		third := b.dial(pu, &asap.DialConfig{Notify: notify})
		told[asap.SessionUp](b, events)
		if lost := told[asap.SessionLost](b, events); !lost.Orderly {
			t.Errorf("%+v", lost)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		question := asap.Message{Data: []byte("hello")}
		if m, err := third.Request(ctx, question); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("answer %q, %v beyond the limit", m.Data, err)
		}
		if err := first.Shutdown(b.limit()); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if m, err := third.Request(b.limit(), question); err != nil || string(m.Data) != "1hello" {
			t.Errorf("answer %q, %v", m.Data, err)
		}
		b.ask(second, '2')
		if most.Load() != 2 {
			t.Errorf("%d sessions were served at a time", most.Load())
		}
	})
}

// The result of a handler decides how its session ends.
func TestHandlerResult(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		b.serve(nil, func(ctx context.Context, s *asap.Session) error {
			m, err := s.Receive(ctx)
			if err != nil || string(m.Data) == "fail" {
				return errors.New("handler failed")
			}
			return s.Send(ctx, asap.Message{Data: []byte("bye")})
		})
		for _, orderly := range []bool{true, false} {
			notify, events := events()
			s := b.dial(b.node(b.net.Host(), b.pr), &asap.DialConfig{Notify: notify})
			told[asap.SessionUp](b, events)
			if orderly {
				b.send(s, "return")
			} else {
				b.send(s, "fail")
			}
			if lost := told[asap.SessionLost](b, events); lost.Orderly != orderly {
				t.Errorf("%+v, want orderly %v", lost, orderly)
			}
			if orderly {
				if m := b.receive(s); string(m.Data) != "bye" {
					t.Errorf("received %q", m.Data)
				}
			}
		}
	})
}

// At the end of its context, Serve waits for the handlers, takes the element out of its pool, and
// ends the sessions in order. A later end of the listener has nothing to do.
func TestServeEndsWithContext(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		l := b.listenOnly(nil)
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- l.Serve(ctx, asap.HandlerFunc(echo)) }()
		pu := b.node(b.net.Host(), b.pr)
		notify, events := events()
		s := b.dial(pu, &asap.DialConfig{Notify: notify})
		b.ask(s, '1')
		told[asap.SessionUp](b, events)
		stop()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
		if ids := b.ids(pu); len(ids) != 0 {
			t.Errorf("the pool has %v", ids)
		}
		if lost := told[asap.SessionLost](b, events); !lost.Orderly {
			t.Errorf("%+v", lost)
		}
		if err := errors.Join(l.Shutdown(b.limit()), l.Close()); err != nil {
			t.Errorf("Shutdown and Close: %v", err)
		}
		if err := l.Serve(t.Context(), asap.HandlerFunc(echo)); err != asap.ErrClosed {
			t.Errorf("Serve after the end: %v", err)
		}
	})
}

// Without a registrar, Serve ends within its limit. A Shutdown that is under way keeps its own.
func TestServeEndsWithoutRegistrar(t *testing.T) {
	for name, limit := range map[string]time.Duration{"alone": 0, "beside Shutdown": 20 * time.Second} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, b *bed) {
				b.registrar(b.pr, registrar.Config{})
				l := b.listenOnly(nil)
				ctx, stop := context.WithCancel(t.Context())
				served := make(chan error, 1)
				go func() { served <- l.Serve(ctx, asap.HandlerFunc(echo)) }()
				b.ask(b.dial(b.node(b.net.Host(), b.pr), nil), '1')
				b.pr.Down()
				begin := time.Now()
				want := 2500 * time.Millisecond // Half of 5 seconds.
				shut := make(chan error, 1)
				if limit > 0 {
					want = limit / 2
					go func() {
						closing, cancel := context.WithTimeout(context.Background(), limit)
						defer cancel()
						shut <- l.Shutdown(closing)
					}()
					time.Sleep(time.Second)
				} else {
					shut <- asap.ErrTimeout
				}
				stop()
				if err := <-served; err != nil {
					t.Errorf("Serve: %v", err)
				}
				if took := time.Since(begin); took < want || took > want+time.Second {
					t.Errorf("Serve ended after %v, want %v", took, want)
				}
				if err := <-shut; !errors.Is(err, asap.ErrTimeout) || errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Shutdown: %v", err)
				}
			})
		})
	}
}

// Serve returns when its listener has been closed and all handlers have returned.
func TestServeEndsWithListener(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		for _, end := range []func(*asap.Listener) error{
			(*asap.Listener).Close,
			func(l *asap.Listener) error { return l.Shutdown(context.Background()) },
		} {
			l := b.listenOnly(nil)
			var handlers atomic.Int64
			served := make(chan error, 1)
			go func() {
				served <- l.Serve(context.Background(), asap.HandlerFunc(func(ctx context.Context, s *asap.Session) error {
					handlers.Add(1)
					defer handlers.Add(-1)
					defer time.Sleep(time.Second) // It has more to do.
					return echo(ctx, s)
				}))
			}()
			pu := b.node(b.net.Host(), b.pr)
			for range 3 {
				b.ask(b.dial(pu, nil), '1')
			}
			if err := end(l); err != nil {
				t.Errorf("error %v", err)
			}
			if err := <-served; err != asap.ErrClosed {
				t.Errorf("Serve: %v", err)
			}
			if n := handlers.Load(); n != 0 {
				t.Errorf("Serve has returned before %d handlers", n)
			}
			if err := pu.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// A user may show a state only at the beginning of its session.
func TestLateState(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		l := b.serve(nil, echo)
		e := b.bind(b.net.Host())
		for name, c := range map[string]struct {
			messages []string // cookies begin with '!'
			answer   string
		}{
			"first":        {[]string{"!5", "x"}, "6x"},
			"none":         {[]string{"x"}, "1x"},
			"after data":   {[]string{"x", "!5"}, "1x"},
			"second state": {[]string{"!5", "!6"}, ""},
		} {
			a := b.connect(e, l.LocalAddrs())
			aborted := c.answer == "" || c.messages[len(c.messages)-1][0] == '!'
			for _, m := range c.messages {
				if m[0] == '!' {
					writeControl(b, a, &asapmsg.CookieEcho{Cookie: []byte(m[1:])})
				} else {
					write(b, a, 0, []byte(m))
				}
			}
			if c.answer != "" {
				if m := readControl(b, a); m.Type() != asapmsg.TypeCookie {
					t.Errorf("%s: %+v instead of a state", name, m)
				}
				if m, err := a.Receive(b.limit()); err != nil || string(m.Data) != c.answer {
					t.Errorf("%s: received %q, %v", name, m.Data, err)
				}
			}
			if aborted {
				wantAborted(b, a)
			} else if err := a.Shutdown(b.limit()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// Each side refuses the calls of the opposite side, and messages on the control channel.
func TestSides(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		l := b.listenOnly(nil)
		user := b.dial(b.node(b.net.Host(), b.pr), nil)
		element := b.accept(l)
		if err := user.SetState(b.limit(), []byte{1}); err != asap.ErrNotServing {
			t.Errorf("SetState of a user: %v", err)
		}
		if err := element.Failover(b.limit()); err != asap.ErrNotServing {
			t.Errorf("Failover of an element: %v", err)
		}
		if state, resumed := user.State(); state != nil || resumed {
			t.Errorf("State of a user: %q, %v", state, resumed)
		}
		if state, resumed := element.State(); state != nil || resumed {
			t.Errorf("State of a new session: %q, %v", state, resumed)
		}
		control := asap.Message{PPID: 11, Data: []byte("x")}
		for name, s := range map[string]*asap.Session{"user": user, "element": element} {
			if err := s.Send(b.limit(), control); err != asap.ErrControl {
				t.Errorf("%s: Send: %v", name, err)
			}
			if _, err := s.Request(b.limit(), control); err != asap.ErrControl {
				t.Errorf("%s: Request: %v", name, err)
			}
			if s.Element() != l.ID() || s.Pool() != "echo" {
				t.Errorf("%s: element %v of pool %s", name, s.Element(), s.Pool())
			}
		}
		if got, want := fmt.Sprint(element.RemoteAddrs(), user.RemoteAddrs()), fmt.Sprint(user.LocalAddrs(), l.LocalAddrs()); got != want {
			t.Errorf("the sides are at %s, want %s", got, want)
		}
		// An element may ask as well.
		go func() { b.send(user, "answer to "+string(b.receive(user).Data)) }()
		if m, err := element.Request(b.limit(), asap.Message{Data: []byte("question")}); err != nil || string(m.Data) != "answer to question" {
			t.Errorf("answer %q, %v", m.Data, err)
		}
	})
}

// A state has 1 to 65,524 octets, and arrives as it was.
func TestStateSizes(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		const longest = 65524
		l := b.listenOnly(nil)
		user := b.dial(b.node(b.net.Host(), b.pr), nil)
		for _, size := range []int{1, 1000, longest} {
			state := make([]byte, size)
			state[size-1] = 'z'
			s := b.accept(l)
			for _, bad := range [][]byte{nil, make([]byte, longest+1)} {
				if err := s.SetState(b.limit(), bad); err == nil {
					t.Errorf("a state of %d octets: no error", len(bad))
				}
			}
			if err := s.SetState(b.limit(), state); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			b.receiveFailover(user)
			b.send(user, "x")
			s = b.accept(l)
			if m, err := s.Receive(b.limit()); err != nil || string(m.Data) != "x" {
				t.Errorf("received %q, %v", m.Data, err)
			}
			if got, resumed := s.State(); !resumed || string(got) != string(state) {
				t.Errorf("a state of %d octets came as %d, %v", size, len(got), resumed)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			b.receiveFailover(user)
		}
	})
}

// An element can wait for the state of its predecessor without a message of the user, who waits for
// the element. A message that comes instead is received afterwards.
func TestAwaitState(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		l := b.listenOnly(nil)
		user := b.dial(b.node(b.net.Host(), b.pr), nil)
		s := b.accept(l)
		b.send(user, "order")
		for range 2 { // The second call does not wait.
			if state, resumed, err := s.AwaitState(b.limit()); state != nil || resumed || err != nil {
				t.Errorf("a new session: %q, %v, %v", state, resumed, err)
			}
		}
		if m, err := s.Receive(b.limit()); err != nil || string(m.Data) != "order" {
			t.Errorf("received %q, %v", m.Data, err)
		}
		if err := s.SetState(b.limit(), []byte("half")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		s = b.accept(l)
		for range 2 {
			if state, resumed, err := s.AwaitState(b.limit()); string(state) != "half" || !resumed || err != nil {
				t.Errorf("resumed: %q, %v, %v", state, resumed, err)
			}
		}
		b.receiveFailover(user)
		b.send(user, "more")
		if m, err := s.Receive(b.limit()); err != nil || string(m.Data) != "more" {
			t.Errorf("received %q, %v", m.Data, err)
		}
		if _, _, err := user.AwaitState(b.limit()); err != asap.ErrNotServing {
			t.Errorf("AwaitState of a user: %v", err)
		}
		if err := user.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A user that leaves at once ends the wait for a state.
func TestAwaitStateOfNobody(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		l := b.listenOnly(nil)
		user := b.dial(b.node(b.net.Host(), b.pr), nil)
		s := b.accept(l)
		if err := user.Close(); err != nil {
			t.Error(err)
		}
		if _, _, err := s.AwaitState(b.limit()); err == nil {
			t.Error("no error")
		}
	})
}

// A patient Dial returns at once, and calls wait for the first element.
func TestPatientDial(t *testing.T) {
	for name, manual := range map[string]bool{"automatic": false, "manual": true} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, b *bed) {
				begin := time.Now()
				s := b.dial(b.node(b.net.Host(), b.pr), &asap.DialConfig{Patient: true, Manual: manual})
				if took := time.Since(begin); took != 0 || s.Element() != 0 || s.LocalAddrs() != nil || s.RemoteAddrs() != nil {
					t.Errorf("element %v at %v after %v", s.Element(), s.RemoteAddrs(), took)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				if err := s.Send(ctx, asap.Message{Data: []byte("x")}); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Send without an element: %v", err)
				}
				b.wantSilence(s)
				var calls sync.WaitGroup
				calls.Go(func() { b.send(s, "x") })
				calls.Go(func() {
					if m := b.receive(s); string(m.Data) != "1x" {
						t.Errorf("received %q", m.Data)
					}
				})
				synctest.Wait()
				b.registrar(b.pr, registrar.Config{})
				l := b.serve(nil, echo)
				calls.Wait()
				if s.Element() != l.ID() {
					t.Errorf("element %v, want %v", s.Element(), l.ID())
				}
				// Nobody waits for this session, which ends with its node.
				b.dial(b.node(b.net.Host(), b.pr), &asap.DialConfig{Patient: true})
			})
		})
	}
}
