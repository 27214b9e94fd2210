package service

import (
	"context"
	"time"

	"github.com/rserpool-go/rserpool/apps/fractal"
	"github.com/rserpool-go/rserpool/asap"
)

// A drawing is a picture on its way to the user.
type drawing struct {
	config  *FractalConfig
	session *Session
	now     func() time.Time

	// order has the first point that has not been sent.
	order    fractal.Cookie
	buffer   []uint32 // the points from there on
	sent     uint64   // Data messages
	lastData time.Time

	unsaved   int // Data messages since the last state
	lastState time.Time
	encoded   []byte // kept between messages
}

// lookWork is the work between two looks at the time and the context, also within a point: some
// 100 microseconds.
const lookWork = 1 << 15

// begin gives the user the first state, so that a user that has got anything can go on elsewhere.
func (d *drawing) begin(ctx context.Context) error {
	d.lastData = d.now()
	return d.save(ctx)
}

// points calculates and sends the points. When the context ends, the user gets what there is, and
// its state.
func (d *drawing) points(ctx context.Context) error {
	p := &d.order.Parameter
	generator := fractal.NewGenerator(p)
	if d.config.TestMode {
		generator = fractal.NewTestPattern()
	}
	rest := lookWork
	for x, y := d.order.CurrentX, d.order.CurrentY; y < p.Height && p.Width > 0; {
		point := generator.Point(x, y)
		for isDone := false; !isDone; {
			var spent int
			if spent, isDone = point.Advance(rest); isDone {
				d.buffer = append(d.buffer, point.Value())
			}
			if rest -= spent; rest <= 0 || len(d.buffer) == fractal.MaxPoints {
				rest = lookWork
				if err := d.look(ctx); err != nil {
					return err
				}
			}
		}
		if x++; x == p.Width {
			x, y = 0, y+1
		}
	}
	return nil
}

// look sends the points and the state for which it is time.
func (d *drawing) look(ctx context.Context) error {
	if ctx.Err() != nil {
		return d.leave(ctx)
	}
	now := d.now()
	if len(d.buffer) == fractal.MaxPoints || now.Sub(d.lastData) > d.config.DataMaxTime {
		if err := d.flush(ctx); err != nil {
			return err
		}
	}
	if now.Sub(d.lastState) > d.config.CookieMaxTime {
		return d.save(ctx)
	}
	return nil
}

// leave sends the points and the state when the server ends.
func (d *drawing) leave(ctx context.Context) error {
	leaving := context.WithoutCancel(ctx)
	if err := d.flush(leaving); err != nil {
		return err
	}
	if err := d.save(leaving); err != nil {
		return err
	}
	return ctx.Err()
}

// flush sends the points that have not been sent.
func (d *drawing) flush(ctx context.Context) error {
	d.lastData = d.now()
	if len(d.buffer) == 0 {
		return nil
	}
	if err := d.send(ctx, &fractal.Data{StartX: d.order.CurrentX, StartY: d.order.CurrentY, Points: d.buffer}); err != nil {
		return err
	}
	at := uint64(d.order.CurrentY)*uint64(d.order.Parameter.Width) + uint64(d.order.CurrentX) + uint64(len(d.buffer))
	d.order.CurrentX = uint32(at % uint64(d.order.Parameter.Width))
	d.order.CurrentY = uint32(at / uint64(d.order.Parameter.Width))
	d.buffer = d.buffer[:0]
	d.sent++
	d.unsaved++
	failing := d.sent == d.config.FailureAfter
	if d.unsaved >= d.config.CookieMaxPackets || failing {
		if err := d.save(ctx); err != nil {
			return err
		}
	}
	if failing {
		d.session.Printf("ended after %d Data messages, as configured", d.sent)
		return errFailureTest
	}
	return nil
}

// save gives the user the state: the order, and the first point that has not been sent.
func (d *drawing) save(ctx context.Context) error {
	d.unsaved, d.lastState = 0, d.now()
	state, err := d.order.AppendBinary(nil)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, d.config.TransmitTimeout)
	defer cancel()
	return d.session.SetState(ctx, state)
}

// finish sends the last points and the finalizer.
func (d *drawing) finish(ctx context.Context) error {
	if err := d.flush(ctx); err != nil {
		return err
	}
	return d.send(ctx, fractal.Finalizer())
}

func (d *drawing) send(ctx context.Context, m *fractal.Data) (err error) {
	if d.encoded, err = m.AppendBinary(d.encoded[:0]); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, d.config.TransmitTimeout)
	defer cancel()
	return d.session.Send(ctx, asap.Message{PPID: fractal.PPID, Data: d.encoded})
}
