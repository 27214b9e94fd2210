package transporttest

import (
	"context"
	"encoding/binary"
	"errors"
	"sync"
	"testing"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/assoctest"
)

func testShutdown(t *testing.T, h Hosts) {
	for _, name := range []string{"by the side that dialled", "by the side that accepted"} {
		a, b := pair(t, listen(t, h.A, h.ListenA), listen(t, h.B, h.ListenB))
		if name == "by the side that accepted" {
			a, b = b, a
		}
		const n = 48
		for i := range n {
			data := make([]byte, 1000)
			binary.BigEndian.PutUint32(data, uint32(i))
			send(t, a, transport.Message{Stream: uint16(i % 2), Data: data})
		}
		if err := a.Shutdown(assoctest.Limit(t)); err != nil {
			t.Fatalf("%s: Shutdown: %v", name, err)
		}
		wantDown(t, a, transport.CauseShutdown)
		for i := range n {
			if got := binary.BigEndian.Uint32(receive(t, b).Data); got != uint32(i) {
				t.Fatalf("%s: message %d, want %d", name, got, i)
			}
		}
		wantDown(t, b, transport.CauseShutdown)
		if err := a.Shutdown(assoctest.Limit(t)); err != nil {
			t.Errorf("%s: second Shutdown: %v", name, err)
		}
	}
}

func testShutdownBoth(t *testing.T, h Hosts) {
	for range 5 {
		a, b := pair(t, listen(t, h.A, h.ListenA), listen(t, h.B, h.ListenB))
		var wg sync.WaitGroup
		for _, x := range []transport.Association{a, b} {
			wg.Go(func() {
				if err := x.Shutdown(assoctest.Limit(t)); err != nil {
					t.Errorf("Shutdown: %v", err)
				}
			})
		}
		wg.Wait()
		wantDown(t, a, transport.CauseShutdown)
		wantDown(t, b, transport.CauseShutdown)
	}
}

func testAbort(t *testing.T, h Hosts) {
	a, b := pair(t, listen(t, h.A, h.ListenA), listen(t, h.B, h.ListenB))
	wantUp(t, a, b)
	a.Abort("out of sorts")
	wantDown(t, a, transport.CauseAbortLocal)
	if down := wantDown(t, b, transport.CauseAbortPeer); down.Reason != "out of sorts" {
		t.Errorf("the reason came as %q", down.Reason)
	}
	a.Abort("again")
	b.Abort("me too")
	wantDown(t, b, transport.CauseAbortPeer)
}

// testAfterEnd calls the methods of an association that has ended, or that ends while
// they wait.
func testAfterEnd(t *testing.T, h Hosts) {
	a, b := pair(t, listen(t, h.A, h.ListenA), listen(t, h.B, h.ListenB))
	waiting := make(chan error, 2)
	for _, x := range []transport.Association{a, b} {
		go func() {
			_, err := x.Receive(assoctest.Limit(t))
			waiting <- err
		}()
	}
	b.Abort("enough")
	for range 2 {
		if _, ok := errors.AsType[*transport.DownError](<-waiting); !ok {
			t.Errorf("Receive did not return a DownError")
		}
	}
	<-a.Done()
	down := wantDown(t, a, transport.CauseAbortPeer)
	if err := a.Send(assoctest.Limit(t), text("late")); err != error(down) {
		t.Errorf("Send: %v, want %v", err, down)
	}
	if err := a.TrySend(text("late")); err != error(down) {
		t.Errorf("TrySend: %v, want %v", err, down)
	}
	if err := a.Shutdown(assoctest.Limit(t)); err != error(down) {
		t.Errorf("Shutdown: %v, want %v", err, down)
	}
}

func testEndpointShutdown(t *testing.T, h Hosts) {
	ea, eb := endpoints(t, h)
	a, b := pair(t, ea, eb)
	other := listen(t, h.B, h.ListenB)
	c, d := pair(t, other, ea)
	for range 50 {
		send(t, a, text("last words"))
		send(t, d, text("last words"))
	}
	if err := ea.Shutdown(assoctest.Limit(t)); err != nil {
		t.Fatalf("Shutdown: %v", err)
	}
	for _, x := range []transport.Association{b, c} {
		for range 50 {
			wantText(t, x, "last words")
		}
		wantDown(t, x, transport.CauseShutdown)
	}
	wantDown(t, a, transport.CauseShutdown)
	_, err := ea.Accept(assoctest.Limit(t))
	wantErr(t, "Accept", err, transport.ErrClosed)
}

func testEndpointClose(t *testing.T, h Hosts) {
	ea, eb := endpoints(t, h)
	a, b := pair(t, ea, eb)
	accepting := make(chan error, 1)
	go func() {
		_, err := eb.Accept(assoctest.Limit(t))
		accepting <- err
	}()
	if err := eb.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	wantErr(t, "Accept", <-accepting, transport.ErrClosed)
	_, err := eb.Accept(assoctest.Limit(t))
	wantErr(t, "Accept", err, transport.ErrClosed)
	_, err = eb.Dial(assoctest.Limit(t), ea.LocalAddrs())
	wantErr(t, "Dial", err, transport.ErrClosed)
	wantDown(t, b, transport.CauseAbortLocal)
	wantDown(t, a, transport.CauseAbortPeer)
	if err := eb.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if err := eb.Shutdown(context.Background()); err != nil {
		t.Errorf("Shutdown after Close: %v", err)
	}
}
