package integration

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/wire"
)

// Many goroutines use one node, and some of them give up.
func TestConcurrentUse(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		pe, pu := b.node(b.net.Host(), b.pr), b.node(b.net.Host(), b.pr)
		l := b.listen(pe, &asap.ListenConfig{Policy: wire.Policy{Type: wire.LeastUsed}})
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				for range 20 {
					if _, err := pu.Resolve(b.limit(), "echo", &asap.ResolveConfig{Items: uint32(i)}); err != nil {
						t.Errorf("Resolve: %v", err)
					}
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*500*time.Microsecond)
					_, _ = pu.Resolve(ctx, "echo", &asap.ResolveConfig{Items: 1})
					cancel()
					if err := l.SetPolicy(b.limit(), wire.Policy{Type: wire.LeastUsed, Load: uint32(i)}); err != nil {
						t.Errorf("SetPolicy: %v", err)
					}
				}
			})
			wg.Go(func() {
				for range 5 {
					s, err := pu.Dial(b.limit(), "echo", nil)
					if err != nil {
						t.Errorf("Dial: %v", err)
						return
					}
					b.ask(s, '1')
					if i%2 == 0 {
						_ = s.Failover(b.limit())
					}
					if err := s.Shutdown(b.limit()); err != nil {
						t.Errorf("Shutdown: %v", err)
					}
				}
			})
			wg.Go(func() {
				for range 5 {
					short, err := pe.Listen(b.limit(), "short", nil)
					if err != nil {
						t.Errorf("Listen: %v", err)
						return
					}
					if err := short.Shutdown(b.limit()); err != nil {
						t.Errorf("Shutdown: %v", err)
					}
				}
			})
		}
		wg.Wait()
		if _, err := pu.Resolve(b.limit(), "short", &asap.ResolveConfig{Items: 1}); !errors.Is(err, asap.ErrPoolUnknown) {
			t.Errorf("elements are left: %v", err)
		}
	})
}

// Goroutines that send, receive and fail over at the same time do not stop each other, and all
// end with the session.
func TestConcurrentUseOfSession(t *testing.T) {
	for name, manual := range map[string]bool{"automatic": false, "manual": true} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, b *bed) { testConcurrentUseOfSession(t, b, manual) })
		})
	}
}

func testConcurrentUseOfSession(t *testing.T, b *bed, manual bool) {
	b.registrar(b.pr, registrar.Config{})
	b.pool(3)
	s := b.dial(b.node(b.net.Host(), b.pr), &asap.DialConfig{Manual: manual})
	var calls sync.WaitGroup
	var answers, failovers atomic.Int64
	use := func(call func() error) {
		calls.Go(func() {
			for {
				err := call()
				_, moved := errors.AsType[*asap.FailoverError](err)
				switch {
				case errors.Is(err, asap.ErrClosed):
					return
				case moved:
					failovers.Add(1)
				case errors.Is(err, asap.ErrBroken) && manual:
					time.Sleep(time.Millisecond)
				case err != nil:
					t.Error(err)
					return
				}
			}
		})
	}
	ctx := b.limit()
	for range 3 {
		use(func() error {
			time.Sleep(time.Millisecond)
			return s.Send(ctx, asap.Message{Data: []byte("x")})
		})
		use(func() error {
			_, err := s.Receive(ctx)
			if err == nil {
				answers.Add(1)
			}
			return err
		})
	}
	use(func() error {
		time.Sleep(30 * time.Millisecond)
		return s.Failover(ctx)
	})
	time.Sleep(5 * time.Second)
	begin := time.Now()
	if err := s.Shutdown(ctx); err != nil || time.Since(begin) > 50*time.Millisecond {
		t.Errorf("Shutdown: %v after %v", err, time.Since(begin))
	}
	calls.Wait()
	if answers.Load() < 100 || failovers.Load() < 5 {
		t.Errorf("%d answers and %d failovers", answers.Load(), failovers.Load())
	}
}
