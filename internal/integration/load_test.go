package integration

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/wire"
)

// Many goroutines use a node at once, and some give up.
func TestConcurrentUse(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		pe, pu := b.node(b.net.Host(), b.pr), b.node(b.net.Host(), b.pr)
		l := b.listen(pe, asap.ListenConfig{Policy: wire.Policy{Type: wire.LeastUsed}})
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				for range 20 {
					if _, err := pu.Resolve(b.limit(), "echo", uint32(i)); err != nil {
						t.Errorf("Resolve: %v", err)
					}
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*500*time.Microsecond)
					_, _ = pu.Resolve(ctx, "echo", 1)
					cancel()
					if err := l.SetPolicy(b.limit(), wire.Policy{Type: wire.LeastUsed, Load: uint32(i)}); err != nil {
						t.Errorf("SetPolicy: %v", err)
					}
				}
			})
			wg.Go(func() {
				for range 5 {
					s, err := pu.Dial(b.limit(), "echo", asap.DialConfig{})
					if err != nil {
						t.Errorf("Dial: %v", err)
						return
					}
					b.ask(s, '1')
					if i%2 == 0 {
						_ = s.Failover(b.limit())
					}
					if err := s.Close(b.limit()); err != nil {
						t.Errorf("Close: %v", err)
					}
				}
			})
			wg.Go(func() {
				for range 5 {
					short, err := pe.Listen(b.limit(), "short", asap.ListenConfig{})
					if err != nil {
						t.Errorf("Listen: %v", err)
						return
					}
					if err := short.Close(b.limit()); err != nil {
						t.Errorf("Close: %v", err)
					}
				}
			})
		}
		wg.Wait()
		if _, err := pu.Resolve(b.limit(), "short", 1); !errors.Is(err, asap.ErrPoolUnknown) {
			t.Errorf("elements are left: %v", err)
		}
	})
}

// A node that has more requests than it may send at a time gets all answers.
func TestManyResolutions(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		pu := b.node(b.net.Host(), b.pr)
		b.listen(b.node(b.net.Host(), b.pr), asap.ListenConfig{})
		var wg sync.WaitGroup
		for range 5000 {
			wg.Go(func() {
				if _, err := pu.Resolve(b.limit(), "echo", 1); err != nil {
					t.Errorf("Resolve: %v", err)
				}
			})
		}
		wg.Wait()
	})
}
