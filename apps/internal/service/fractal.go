package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/rserpool-go/rserpool/apps/fractal"
	"github.com/rserpool-go/rserpool/asap"
)

// FractalConfig configures the Fractal Generator service.
type FractalConfig struct {
	// MaxSessions is the number of sessions at a time, each of which calculates.
	MaxSessions int
	// FailureAfter ends a session after this number of Data messages, for tests of failover. 0: never.
	FailureAfter uint64
	// TransmitTimeout is the time for a message to be taken. Afterwards the session is aborted.
	TransmitTimeout time.Duration
	// DataMaxTime is the time after which points are sent that do not fill a message yet.
	DataMaxTime time.Duration
	// CookieMaxTime and CookieMaxPackets are the time and the Data messages between two states.
	CookieMaxTime    time.Duration
	CookieMaxPackets int
	// TestMode replaces the calculation by a pattern.
	TestMode bool
}

// Fractal returns the service that calculates pictures. A session that moves to another element
// goes on with the first point that its user has not got.
func Fractal(config FractalConfig) *Service {
	return &Service{
		Title:       "Fractal Generator",
		Pool:        fractal.PoolHandle,
		MaxSessions: config.MaxSessions,
		Serve: func(ctx context.Context, s *Session) error {
			err := config.serve(ctx, s)
			if errors.Is(err, io.EOF) || errors.Is(err, errFailureTest) {
				return nil // The session ends in order.
			}
			return err
		},
	}
}

// serve calculates one picture after the other. It returns [io.EOF] when the user has left.
func (c *FractalConfig) serve(ctx context.Context, s *Session) error {
	state, resumed, err := s.AwaitState(ctx)
	if err != nil {
		return err
	}
	if resumed {
		order, err := parseOrder(state)
		if err != nil {
			return err
		}
		s.Printf("resumed at point %d, %d", order.CurrentX, order.CurrentY)
		if err := c.calculate(ctx, s, order); err != nil {
			return err
		}
	}
	for m, err := range s.Messages(ctx) {
		if err != nil {
			return err
		}
		p, err := receiveOrder(m)
		if err != nil {
			return err
		}
		s.Printf("picture of %d x %d points, %v, %d iterations, c from %v to %v, n %v",
			p.Width, p.Height, p.Algorithm, p.MaxIterations, p.C1, p.C2, p.N)
		if err := c.calculate(ctx, s, fractal.Cookie{Parameter: *p}); err != nil {
			return err
		}
	}
	return io.EOF
}

// parseOrder returns the order in the state of a predecessor.
func parseOrder(state []byte) (fractal.Cookie, error) {
	order, err := fractal.ParseCookie(state)
	if err != nil {
		return order, err
	}
	p := &order.Parameter
	if order.CurrentX > 0 && order.CurrentX >= p.Width || order.CurrentY > p.Height {
		return order, fmt.Errorf("state with point %d, %d of a picture of %d x %d", order.CurrentX, order.CurrentY, p.Width, p.Height)
	}
	return order, p.Check()
}

// receiveOrder returns the order in a message.
func receiveOrder(m asap.Message) (*fractal.Parameter, error) {
	message, err := fractal.Parse(m.Data)
	if err != nil {
		return nil, err
	}
	p, ok := message.(*fractal.Parameter)
	if !ok {
		return nil, fmt.Errorf("%v from a pool user", message.Type())
	}
	return p, p.Check()
}

// calculate calculates a picture from a point on, and sends it.
func (c *FractalConfig) calculate(ctx context.Context, s *Session, order fractal.Cookie) error {
	s.SetLoad(1 / float64(c.MaxSessions))
	defer s.SetLoad(0)
	d := &drawing{config: c, session: s, order: order, now: time.Now}
	if err := d.begin(ctx); err != nil {
		return err
	}
	if err := d.points(ctx); err != nil {
		return err
	}
	return d.finish(ctx)
}
