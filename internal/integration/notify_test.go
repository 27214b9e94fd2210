package integration

import (
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
)

// A function that is notified and does not return holds up neither its session, nor other calls,
// nor the end of the node.
func TestNotifyThatBlocks(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		b.pool(2)
		n := b.node(b.net.Host(), b.pr)
		called, release := make(chan asap.Event, 1000), make(chan struct{})
		notify := func(ev asap.Event) {
			called <- ev
			<-release
		}
		l := b.listen(n, &asap.ListenConfig{Notify: notify})
		if err := l.Shutdown(b.limit()); err != nil {
			t.Errorf("Shutdown of the listener: %v", err)
		}
		s := b.dial(n, &asap.DialConfig{Notify: notify})
		b.ask(s, '1')
		for count := byte('2'); count <= '9'; count++ {
			time.Sleep(time.Second) // An element that is left sooner counts as failed.
			begin := time.Now()
			if err := s.Failover(b.limit()); err != nil {
				t.Fatal(err)
			}
			b.receiveFailover(s)
			if took := time.Since(begin); took > 50*time.Millisecond {
				t.Errorf("the failover took %v", took)
			}
			b.ask(s, count)
		}
		begin := time.Now()
		if err := n.Close(); err != nil || time.Since(begin) > 0 {
			t.Errorf("Close: %v after %v", err, time.Since(begin))
		}
		close(release)
		time.Sleep(time.Second)
		if len(called) != 1 {
			t.Errorf("%d calls, want the call that did not return", len(called))
		}
	})
}

// Events that a slow function has no time for are lost. Later events come again.
func TestNotifyThatIsSlow(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		b.pool(2)
		release, called := make(chan struct{}), make(chan asap.Event, 1000)
		s := b.dial(b.node(b.net.Host(), b.pr), &asap.DialConfig{Notify: func(ev asap.Event) {
			<-release
			called <- ev
		}})
		const failovers = 500
		move := func() {
			if err := s.Failover(b.limit()); err != nil {
				t.Fatal(err)
			}
			b.receiveFailover(s)
		}
		for range failovers {
			move()
		}
		close(release)
		time.Sleep(time.Second)
		kept := len(called)
		if kept == 0 || kept >= failovers {
			t.Errorf("%d events are left of %d failovers", kept, failovers)
		}
		move()
		time.Sleep(time.Second)
		if len(called) != kept+2 {
			t.Errorf("%d events after %d and another failover", len(called), kept)
		}
	})
}

// A function that is notified may end its node.
func TestNotifyThatClosesTheNode(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		for name, end := range map[string]func(*asap.Node) error{
			"Close":    (*asap.Node).Close,
			"Shutdown": func(n *asap.Node) error { return n.Shutdown(b.limit()) },
		} {
			n := b.node(b.net.Host(), b.pr)
			ended := make(chan error, 1)
			b.listen(n, &asap.ListenConfig{Notify: func(asap.Event) { ended <- end(n) }})
			select {
			case err := <-ended:
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
			case <-time.After(patience):
				t.Fatalf("%s does not return", name)
			}
		}
	})
}
