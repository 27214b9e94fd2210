package service

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/apps/fractal"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

var fractalDefaults = FractalConfig{
	MaxSessions:      4,
	TransmitTimeout:  2500 * time.Millisecond,
	DataMaxTime:      time.Second,
	CookieMaxTime:    time.Second,
	CookieMaxPackets: 10,
}

// order is a picture with 3 messages of points.
var order = fractal.Parameter{
	Width: 30, Height: 25, MaxIterations: 200, Algorithm: fractal.Mandelbrot, C1: complex(-1.5, 1.5), C2: complex(1.5, -1.5),
}

// painting is the picture that a user gets.
type painting struct {
	order  fractal.Parameter
	points []uint32 // 1 more than the value; 0: missing
	states []fractal.Cookie
	data   int // messages

	repeated int // points
}

// receive takes messages of the session until the finalizer, or until the end of the session.
func (p *painting) receive(b *bench, a transport.Association) (isComplete bool) {
	b.t.Helper()
	if p.points == nil {
		p.points = make([]uint32, p.order.Width*p.order.Height)
	}
	for {
		m, err := a.Receive(b.t.Context())
		if _, isDown := errors.AsType[*transport.DownError](err); isDown {
			return false
		}
		if err != nil {
			b.t.Fatal(err)
		}
		if m.PPID == wire.PPIDASAP {
			p.takeState(b, m.Data)
			continue
		}
		message, err := fractal.Parse(m.Data)
		if err != nil || m.PPID != fractal.PPID {
			b.t.Fatal(m.PPID, err)
		}
		if len(p.states) == 0 {
			b.t.Error("points before the first state")
		}
		data := message.(*fractal.Data)
		if data.Final() {
			return true
		}
		if p.data++; len(data.Points) == 0 {
			b.t.Error("a message without points")
		}
		for i, v := range data.Points {
			point := &p.points[data.StartY*p.order.Width+data.StartX+uint32(i)]
			if *point != 0 {
				p.repeated++
			}
			*point = v + 1
		}
	}
}

func (p *painting) takeState(b *bench, data []byte) {
	b.t.Helper()
	message, err := asapmsg.Parse(data)
	if err != nil {
		b.t.Fatal(err)
	}
	state, err := fractal.ParseCookie(message.(*asapmsg.Cookie).Cookie)
	if err != nil {
		b.t.Fatal(err)
	}
	p.states = append(p.states, state)
	for i, v := range p.points[:state.CurrentY*p.order.Width+state.CurrentX] {
		if v == 0 {
			b.t.Errorf("the state %+v skips point %d", state, i)
			break
		}
	}
}

// check asserts that the picture is whole.
func (p *painting) check(t *testing.T) {
	t.Helper()
	g := fractal.NewGenerator(&p.order)
	for i, got := range p.points {
		x, y := uint32(i)%p.order.Width, uint32(i)/p.order.Width
		if want := g.Value(x, y) + 1; got != want {
			t.Fatalf("point %d, %d: got %d, want %d", x, y, int(got)-1, want-1)
		}
	}
}

// send sends an order on a session.
func (p *painting) send(b *bench, a transport.Association) {
	b.t.Helper()
	data, err := p.order.AppendBinary(nil)
	if err == nil {
		err = a.Send(b.t.Context(), transport.Message{PPID: fractal.PPID, Data: data})
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// showState shows a state at the beginning of a session.
func showState(b *bench, a transport.Association, state []byte) {
	b.t.Helper()
	data, err := (&asapmsg.CookieEcho{Cookie: state}).AppendBinary(nil)
	if err == nil {
		err = a.Send(b.t.Context(), transport.Message{PPID: wire.PPIDASAP, Data: data})
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

func (p *painting) lastState(t *testing.T) []byte {
	t.Helper()
	state, err := p.states[len(p.states)-1].AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// TestFractal draws two pictures in a session.
func TestFractal(t *testing.T) {
	t.Parallel()
	config := fractalDefaults
	config.CookieMaxPackets = 2
	testService(t, Fractal(config), func(t *testing.T, b *bench) {
		a := b.dial()
		for range 2 {
			p := painting{order: order}
			p.send(b, a)
			if !p.receive(b, a) {
				t.Fatal("the session has ended")
			}
			p.check(t)
			if p.data != 3 || len(p.states) != 2 {
				t.Errorf("%d messages, %d states, want 3 and 2", p.data, len(p.states))
			}
		}
		if err := a.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestFractalFailures draws a picture with sessions that end after each message. No state is ahead of
// the points (fault 13 of docs/coming-from-rsplib.md), and none names the last point instead of the
// next (fault 14).
func TestFractalFailures(t *testing.T) {
	t.Parallel()
	config := fractalDefaults
	config.FailureAfter = 1
	testService(t, Fractal(config), func(t *testing.T, b *bench) {
		p := painting{order: order}
		a := b.dial()
		p.send(b, a)
		sessions := 1
		for ; !p.receive(b, a); sessions++ {
			a = b.dial()
			showState(b, a, p.lastState(t))
		}
		p.check(t)
		if p.repeated > 0 {
			t.Errorf("%d points came twice", p.repeated)
		}
		if sessions != 4 || !strings.Contains(b.out.String(), "session 2: resumed at point 24, 10\n") {
			t.Errorf("%d sessions:\n%s", sessions, &b.out)
		}
		if err := a.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestFractalTestMode asserts that the pattern takes the place of the values.
func TestFractalTestMode(t *testing.T) {
	t.Parallel()
	config := fractalDefaults
	config.TestMode = true
	testService(t, Fractal(config), func(t *testing.T, b *bench) {
		a := b.dial()
		p := painting{order: order}
		p.send(b, a)
		if !p.receive(b, a) || p.points[24*30+29] != 24*29%256+1 {
			t.Errorf("points %v", p.points)
		}
		if err := a.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestFractalRefusals asserts that wrong orders and states end the session.
func TestFractalRefusals(t *testing.T) {
	t.Parallel()
	wide, beyond := order, fractal.Cookie{Parameter: order, CurrentX: 3, CurrentY: 26}
	wide.Width = fractal.MaxWidth + 1
	aside := fractal.Cookie{Parameter: order, CurrentX: 30}
	big := fractal.Cookie{Parameter: wide}
	encode := func(m interface{ AppendBinary([]byte) ([]byte, error) }) []byte {
		data, err := m.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	for name, test := range map[string]struct{ message, state []byte }{
		"garbage":                   {message: []byte("garbage")},
		"points":                    {message: encode(&fractal.Data{Points: []uint32{1}})},
		"too wide":                  {message: encode(&wide)},
		"garbage in the state":      {state: []byte("garbage")},
		"below the picture":         {state: encode(&beyond)},
		"beside the picture":        {state: encode(&aside)},
		"too wide, from a state":    {state: encode(&big)},
		"a state with surplus data": {state: append(encode(&fractal.Cookie{Parameter: order}), 0)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testService(t, Fractal(fractalDefaults), func(t *testing.T, b *bench) {
				a := b.dial()
				if test.state != nil {
					showState(b, a, test.state)
				} else if err := a.Send(t.Context(), transport.Message{PPID: fractal.PPID, Data: test.message}); err != nil {
					t.Fatal(err)
				}
				b.expectDown(a, transport.CauseAbortPeer)
			})
		})
	}
}

// TestFractalEmpty asserts that a picture without points is complete at once, from its beginning and
// from its end.
func TestFractalEmpty(t *testing.T) {
	t.Parallel()
	testService(t, Fractal(fractalDefaults), func(t *testing.T, b *bench) {
		for _, p := range []painting{{order: fractal.Parameter{Width: 5}}, {order: fractal.Parameter{Height: 5}}, {}} {
			a := b.dial()
			p.send(b, a)
			if !p.receive(b, a) || p.data != 0 {
				t.Errorf("%+v: %d messages", p.order, p.data)
			}
			if err := a.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		}
		done := painting{order: order, states: []fractal.Cookie{{Parameter: order, CurrentY: order.Height}}}
		a := b.dial()
		showState(b, a, done.lastState(t))
		done.points = slices.Repeat([]uint32{1}, 30*25)
		if !done.receive(b, a) || done.data != 0 {
			t.Errorf("%d messages after the last point", done.data)
		}
		if err := a.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestFractalSilentUser asserts that a user who takes no points loses the session, and nobody else.
func TestFractalSilentUser(t *testing.T) {
	t.Parallel()
	testService(t, Fractal(fractalDefaults), func(t *testing.T, b *bench) {
		silent := b.dial()
		large := painting{order: order}
		large.order.Width, large.order.Height = 300, 300
		large.send(b, silent)
		a := b.dial()
		p := painting{order: order}
		p.send(b, a)
		if !p.receive(b, a) {
			t.Error("the session has ended")
		}
		p.check(t)
		time.Sleep(fractalDefaults.TransmitTimeout + time.Second)
		if got := b.out.String(); !strings.Contains(got, "session 1: ends") {
			t.Errorf("printed:\n%s", got)
		}
		if err := a.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// slow is a point that has the most iterations, all of which are calculated: z neither leaves the
// bounds nor comes back to a former value.
const slow = 1.41

// TestFractalTimes asserts that points and states are sent after their times, when the points are
// slow (fault 15 of docs/coming-from-rsplib.md).
func TestFractalTimes(t *testing.T) {
	t.Parallel()
	config := fractalDefaults
	config.DataMaxTime, config.CookieMaxTime = 300*time.Millisecond, 700*time.Millisecond
	s := Fractal(config)
	s.Serve = func(ctx context.Context, s *Session) error {
		now := time.Now()
		d := &drawing{config: &config, session: s, order: fractal.Cookie{Parameter: order}, now: func() time.Time {
			now = now.Add(50 * time.Millisecond)
			return now
		}}
		d.order.Parameter.C1, d.order.Parameter.C2 = slow, slow
		d.order.Parameter.MaxIterations = lookWork / 2
		if err := d.begin(ctx); err != nil {
			return err
		}
		if err := d.points(ctx); err != nil {
			return err
		}
		return d.finish(ctx)
	}
	testService(t, s, func(t *testing.T, b *bench) {
		a := b.dial()
		p := painting{order: order}
		if !p.receive(b, a) {
			t.Error("the session has ended")
		}
		// Each look at two points reads the clock, and so do messages and states: there is a message for about
		// 12 points.
		if p.data < 50 || p.data > 75 || len(p.states) < 20 || len(p.states) > 40 || slices.Contains(p.points, 0) {
			t.Errorf("%d messages, %d states", p.data, len(p.states))
		}
		b.expectDown(a, transport.CauseShutdown)
	})
}

// TestFractalEnd asserts that the user has the state of a picture whose server ends.
func TestFractalEnd(t *testing.T) {
	t.Parallel()
	s := Fractal(fractalDefaults)
	s.Serve = func(ctx context.Context, s *Session) error {
		ctx, cancel := context.WithCancel(ctx)
		d := &drawing{config: &fractalDefaults, session: s, order: fractal.Cookie{Parameter: order}, now: func() time.Time {
			cancel()
			return time.Now()
		}}
		if err := d.begin(context.WithoutCancel(ctx)); err != nil {
			return err
		}
		if err := d.points(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		return nil
	}
	testService(t, s, func(t *testing.T, b *bench) {
		a := b.dial()
		p := painting{order: order}
		p.receive(b, a)
		if last := p.states[len(p.states)-1]; len(p.states) != 2 || p.data != 1 || last.CurrentX == 0 && last.CurrentY == 0 {
			t.Errorf("%d messages, states %+v", p.data, p.states)
		}
	})
}

// TestFractalGoneUser asserts that the largest and slowest picture ends soon after its user has gone.
func TestFractalGoneUser(t *testing.T) {
	t.Parallel()
	var reason error
	s := Fractal(fractalDefaults)
	s.Serve = func(ctx context.Context, s *Session) error {
		now, looks := time.Now(), 0
		d := &drawing{config: &fractalDefaults, session: s, now: func() time.Time {
			if looks++; looks > 1000 {
				panic("the calculation goes on")
			}
			now = now.Add(50 * time.Millisecond)
			return now
		}}
		d.order.Parameter = fractal.Parameter{
			Width: fractal.MaxWidth, Height: fractal.MaxHeight, MaxIterations: fractal.MaxIterations,
			Algorithm: fractal.Mandelbrot, C1: slow, C2: slow,
		}
		if reason = d.begin(ctx); reason == nil {
			reason = d.points(ctx)
		}
		return reason
	}
	testService(t, s, func(t *testing.T, b *bench) {
		a := b.dial()
		if _, err := a.Receive(t.Context()); err != nil { // the first state
			t.Fatal(err)
		}
		a.Abort("gone")
		time.Sleep(time.Second)
	})
	if down, isDown := errors.AsType[*transport.DownError](reason); !isDown || down.Cause != transport.CauseAbortPeer {
		t.Errorf("the session has ended with %v", reason)
	}
}

// TestFractalEndInPoint asserts that the end of the server does not wait for the end of a point.
func TestFractalEndInPoint(t *testing.T) {
	t.Parallel()
	s := Fractal(fractalDefaults)
	s.Serve = func(ctx context.Context, s *Session) error {
		inner, cancel := context.WithCancel(ctx)
		looks := 0
		d := &drawing{config: &fractalDefaults, session: s, now: func() time.Time {
			if looks++; looks == 3 { // the first look of the calculation
				cancel()
			}
			return time.Now()
		}}
		d.order.Parameter = fractal.Parameter{
			Width: 1, Height: 1, MaxIterations: fractal.MaxIterations, Algorithm: fractal.Mandelbrot, C1: slow, C2: slow,
		}
		if err := d.begin(inner); err != nil {
			return err
		}
		if err := d.points(inner); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		return nil
	}
	testService(t, s, func(t *testing.T, b *bench) {
		p := painting{order: fractal.Parameter{Width: 1, Height: 1}}
		p.receive(b, b.dial())
		if p.data != 0 || len(p.states) != 2 {
			t.Errorf("%d messages, %d states, want 0 and 2", p.data, len(p.states))
		}
	})
}
