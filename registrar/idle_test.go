package registrar_test

import (
	"errors"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/transport"
)

// Both endpoints shut down associations without messages, and only with an idle timeout.
func TestIdleTimeout(t *testing.T) {
	t.Parallel()
	for name, timeout := range map[string]time.Duration{"off": 0, "on": 5 * time.Second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, func(t *testing.T, b *bed) {
				server, stop := b.registrar(b.pr, registrar.Config{IdleTimeout: timeout})
				defer stop()
				user, err := b.net.Host().Listen(t.Context(), transport.ListenConfig{})
				if err != nil {
					t.Fatal(err)
				}
				defer user.Close()
				elements, err := user.Dial(t.Context(), server.LocalAddrs())
				if err != nil {
					t.Fatal(err)
				}
				peers, err := user.Dial(t.Context(), server.ENRPAddrs())
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(10 * time.Second)
				for _, a := range []transport.Association{elements, peers} {
					down, isDown := errors.AsType[*transport.DownError](a.Err())
					if isDown != (timeout > 0) || isDown && down.Cause != transport.CauseShutdown {
						t.Errorf("the association has ended with %v", a.Err())
					}
				}
			})
		})
	}
}
