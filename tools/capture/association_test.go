package capture

import (
	"context"
	"net/netip"
	"runtime"
	"testing"

	"github.com/rserpool-go/rserpool/transport"
)

// quick is an association whose peer answers before TrySend returns.
type quick struct {
	transport.Association
	sending func()
	answers chan string
}

func (q *quick) LocalAddrs() []netip.AddrPort {
	return []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:1")}
}

func (q *quick) RemoteAddrs() []netip.AddrPort {
	return []netip.AddrPort{netip.MustParseAddrPort("192.0.2.2:2")}
}

func (q *quick) TrySend(transport.Message) error {
	q.sending()
	return nil
}

func (q *quick) Receive(context.Context) (transport.Message, error) {
	return transport.Message{Data: []byte(<-q.answers)}, nil
}

// TestQuickAnswer holds that an answer is noted after its request, however early the answer comes.
func TestQuickAnswer(t *testing.T) {
	t.Parallel()
	r := &recorder{wake: make(chan struct{}, 1), full: make(chan struct{}, 1)}
	received := make(chan error, 1)
	q := &quick{answers: make(chan string)}
	a := newAssociation(q, r, true)
	q.sending = func() {
		go func() {
			_, err := a.Receive(t.Context())
			received <- err
		}()
		q.answers <- "answer"
		for range 10000 { // the receiver's chance to be first
			runtime.Gosched()
		}
	}
	if err := a.TrySend(transport.Message{Data: []byte("request")}); err != nil {
		t.Fatal(err)
	}
	if err := <-received; err != nil {
		t.Fatal(err)
	}
	if got := string(r.waiting.data); got != "requestanswer" {
		t.Errorf("noted: %q", got)
	}
}
