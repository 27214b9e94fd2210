package main

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/apps/fractal"
	"github.com/rserpool-go/rserpool/apps/internal/picture"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/wire"
)

// An element is what a fake element does: it sends messages when it has got the order, or a state.
type element struct {
	state    bool     // its predecessor has left a state
	deaf     bool     // it takes no order
	messages [][]byte // then it dies, or is silent
	again    [][]byte // the messages after a second order
	silent   bool
}

// fakeSession has elements, the last of which comes again and again.
type fakeSession struct {
	elements  []element
	at        int
	queue     [][]byte
	orders    int // of the element
	told      bool
	failovers []time.Time
	moved     bool // the failover has not been told
	ended     bool
}

func (f *fakeSession) current() *element { return &f.elements[min(f.at, len(f.elements)-1)] }

func (f *fakeSession) Element() wire.PEID { return wire.PEID(f.at + 1) }

func (f *fakeSession) Send(ctx context.Context, m asap.Message) error {
	if f.current().deaf {
		<-ctx.Done()
		return ctx.Err()
	}
	message, err := fractal.Parse(m.Data)
	if _, isOrder := message.(*fractal.Parameter); !isOrder || m.PPID != fractal.PPID {
		return errors.New("not an order")
	}
	if f.orders++; f.orders == 1 {
		f.queue = append(f.queue, f.current().messages...)
	} else {
		f.queue = append(f.queue, f.current().again...)
	}
	return err
}

func (f *fakeSession) Receive(ctx context.Context) (asap.Message, error) {
	switch {
	case len(f.queue) > 0:
		data := f.queue[0]
		f.queue = f.queue[1:]
		return asap.Message{PPID: fractal.PPID, Data: data}, nil
	case f.moved:
		f.moved = false
		if f.current().state {
			f.orders = 1
			f.queue = append(f.queue, f.current().messages...)
		}
		return asap.Message{}, &asap.FailoverError{From: wire.PEID(f.at), To: wire.PEID(f.at + 1), StateRestored: f.current().state}
	case !f.current().silent && !f.told:
		f.told = true
		return asap.Message{}, &asap.FailoverError{From: wire.PEID(f.at + 1)}
	}
	<-ctx.Done()
	return asap.Message{}, context.Cause(ctx)
}

func (f *fakeSession) Failover(context.Context) error {
	f.failovers = append(f.failovers, time.Now())
	f.at++
	f.moved, f.told, f.orders = true, false, 0
	return nil
}

func (f *fakeSession) Shutdown(context.Context) error {
	f.ended = true
	return nil
}

// dial and hangUp make it the sessions of a painter.
func (f *fakeSession) dial(context.Context, int, context.CancelCauseFunc) (session, error) {
	return f, nil
}

func (f *fakeSession) hangUp(int) {}

var (
	testOrder = fractal.Parameter{Width: 20, Height: 20, MaxIterations: 9, Algorithm: fractal.Mandelbrot, C1: complex(-1, 1), C2: complex(1, -1)}
	finalizer = encodeData(fractal.Finalizer())
)

func encodeData(d *fractal.Data) []byte {
	data, err := d.AppendBinary(nil)
	if err != nil {
		panic(err)
	}
	return data
}

// rows returns a message for each row of the picture.
func rows(from, to uint32) (messages [][]byte) {
	for y := from; y < to; y++ {
		messages = append(messages, encodeData(&fractal.Data{StartY: y, Points: make([]uint32, 20)}))
	}
	return messages
}

// outside is a message with points beside the picture.
var outside = encodeData(&fractal.Data{StartX: 20, Points: []uint32{1}})

// TestClient plays elements, and asserts the failovers, their reasons and their times.
func TestClient(t *testing.T) {
	t.Parallel()
	good := element{messages: append(rows(0, 20), finalizer), silent: true}
	rest := element{state: true, messages: append(rows(7, 20), finalizer), silent: true}
	for name, test := range map[string]struct {
		elements []element
		reasons  []string
		took     time.Duration
	}{
		"no failure":               {elements: []element{good}},
		"killed, with state":       {[]element{{messages: rows(0, 7)}, rest}, []string{"it is gone"}, 0},
		"killed, without state":    {[]element{{messages: rows(0, 7)}, good}, []string{"it is gone"}, 0},
		"killed before all points": {[]element{{}, good}, []string{"it is gone"}, 0},
		// Fault 13 of RSPLIB: its state is ahead of the points.
		"state ahead of the points": {[]element{
			{messages: rows(0, 7)},
			{state: true, messages: append(rows(9, 20), finalizer), again: append(rows(0, 20), finalizer), silent: true},
		}, []string{"it is gone"}, 0},
		// Fault 16 of RSPLIB: each timeout has its own option.
		"takes no order":             {[]element{{deaf: true, silent: true}, good}, []string{"it does not take the order"}, 3 * time.Second},
		"is silent":                  {[]element{{silent: true}, good}, []string{"it sends no points"}, 7 * time.Second},
		"falls silent":               {[]element{{messages: rows(0, 7), silent: true}, rest}, []string{"it sends no points"}, 7 * time.Second},
		"sends garbage":              {[]element{{messages: slices.Repeat([][]byte{[]byte("garbage")}, 1000), silent: true}, good}, nil, 0},
		"sends points of elsewhere":  {[]element{{messages: slices.Repeat([][]byte{outside}, 1000), silent: true}, good}, nil, 0},
		"sends some garbage":         {elements: []element{{messages: append(slices.Repeat([][]byte{outside}, 100), good.messages...), silent: true}}},
		"repeats points":             {[]element{{messages: slices.Repeat(rows(0, 1), 1000), silent: true}, good}, nil, 0},
		"leaves points out":          {[]element{{messages: [][]byte{finalizer}, again: [][]byte{finalizer}, silent: true}, good}, []string{"it leaves points out"}, 0},
		"leaves points out at first": {elements: []element{{messages: [][]byte{finalizer}, again: good.messages, silent: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var news reasons
				f := &fakeSession{elements: test.elements}
				pic := picture.New("", 1, testOrder, 1, &news)
				start := time.Now()
				p := painter{f, timeouts{send: 3 * time.Second, receive: 7 * time.Second}}
				if err := p.paint(t.Context(), pic); err != nil {
					t.Fatal(err)
				}
				if pic.Missing(0) != 0 || !f.ended {
					t.Errorf("%d points missing, session ended: %v", pic.Missing(0), f.ended)
				}
				if test.reasons != nil && !slices.Equal(news, test.reasons) {
					t.Errorf("reasons %q, want %q", news, test.reasons)
				}
				if got := len(f.failovers); test.reasons == nil && test.elements[0].again == nil && len(test.elements) > 1 && got < 1 {
					t.Errorf("%d failovers", got)
				}
				if got := time.Since(start); test.reasons != nil && got != test.took {
					t.Errorf("took %v, want %v", got, test.took)
				}
			})
		})
	}
}

// reasons are those for leaving elements.
type reasons []string

func (r *reasons) Observe(_ *picture.Picture, ev picture.Event) {
	if left, ok := ev.(picture.Left); ok {
		*r = append(*r, left.Reason.Error())
	}
}

// TestPauses asserts that the pauses between failovers grow if no element works (fault 16 of RSPLIB).
func TestPauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSession{elements: []element{{}}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		p := painter{f, timeouts{send: time.Second, receive: time.Second}}
		err := p.paint(ctx, picture.New("", 1, testOrder, 1, nil))
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		var got []time.Duration
		for _, at := range f.failovers[:8] {
			got = append(got, at.Sub(start))
		}
		const ms = time.Millisecond
		if want := []time.Duration{0, 100 * ms, 300 * ms, 700 * ms, 1500 * ms, 3100 * ms, 6300 * ms, 11300 * ms}; !slices.Equal(got, want) {
			t.Errorf("failovers after %v, want %v", got, want)
		}
		if n := len(f.failovers); n > 20 {
			t.Errorf("%d failovers in a minute", n)
		}
	})
}

// TestTerminal asserts that a frame brings the changed lines only, and that a name cannot control the
// terminal.
func TestTerminal(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	columns, rows := 30, 12
	term := &terminal{out: &out, size: func() (int, int) { return columns, rows }}
	frame := func() string {
		out.Reset()
		term.show()
		return out.String()
	}
	if got := frame(); got != "" {
		t.Errorf("without a picture: %q", got)
	}
	pic := picture.New("a\x1b[2J", 1, testOrder, 2, term)
	pic.Begin()
	first := frame()
	if n := strings.Count(first, upperHalf); n != 20*10 || !strings.Contains(first, "picture 1, a?[2J: 0 %, 0 ") {
		t.Errorf("first frame with %d characters: %q", n, first)
	}
	pic.Add(0, &fractal.Data{StartY: 4, Points: []uint32{1, 2, 3}})
	if got := frame(); strings.Count(got, upperHalf) != 20 || !strings.HasPrefix(got, "\033[10A\r\n\r\n\r\033[38;2;") {
		t.Errorf("second frame: %q", got)
	}
	if got := frame(); strings.Contains(got, upperHalf) {
		t.Errorf("frame without a change: %q", got)
	}
	columns = 10
	if got := frame(); !strings.HasPrefix(got, clear) || strings.Count(got, upperHalf) != 10*5 {
		t.Errorf("frame of a narrow terminal: %q", got)
	}
	term.setNote("waiting")
	columns = 80
	if got := frame(); !strings.Contains(got, "; waiting") {
		t.Errorf("frame with a note: %q", got)
	}
	for _, columns = range []int{0, 1, 2} {
		rows = columns
		frame() // It does not panic.
	}
}
