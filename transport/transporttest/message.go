package transporttest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/assoctest"
)

func testExchange(t *testing.T, h Hosts) {
	a, b := pair(t, listen(t, h.A, h.ListenA), listen(t, h.B, h.ListenB))
	for _, m := range []transport.Message{
		{PPID: 0, Stream: 0, Data: []byte{0}},
		{PPID: 11, Stream: 0, Data: []byte("asap")},
		{PPID: 0xfedcba98, Stream: 1, Data: []byte("ppid")},
	} {
		for _, way := range [][2]transport.Association{{a, b}, {b, a}} {
			sent := transport.Message{PPID: m.PPID, Stream: m.Stream, Data: bytes.Clone(m.Data)}
			if err := way[0].TrySend(sent); err != nil {
				t.Fatalf("TrySend: %v", err)
			}
			clear(sent.Data) // The data belongs to the caller again.
			got := receive(t, way[1])
			if got.PPID != m.PPID || got.Stream != m.Stream || !bytes.Equal(got.Data, m.Data) {
				t.Errorf("received %+v, want %+v", got, m)
			}
		}
	}
}

// testStreams sends on several streams. Receive returns the messages of all streams in
// order.
func testStreams(t *testing.T, h Hosts) {
	a, b := pair(t, listen(t, h.A, h.ListenA), listen(t, h.B, h.ListenB))
	const n = 48
	for i := range n {
		send(t, a, transport.Message{Stream: uint16(i % 4), Data: binary.BigEndian.AppendUint32(nil, uint32(i))})
	}
	for i := range n {
		m := receive(t, b)
		if got := binary.BigEndian.Uint32(m.Data); got != uint32(i) || m.Stream != uint16(i%4) {
			t.Fatalf("message %d on stream %d, want %d on %d", got, m.Stream, i, i%4)
		}
	}
}

func testSizes(t *testing.T, h Hosts) {
	a, b := pair(t, listen(t, h.A, h.ListenA), listen(t, h.B, h.ListenB))
	const largest = 65536
	for _, size := range []int{1, 2, 3, 4, 1000, 1200, 1204, 1205, 4096, 10000, 65535, largest} {
		data := make([]byte, size)
		for i := range data {
			data[i] = byte(i * 7)
		}
		send(t, a, transport.Message{Data: data})
		if m := receive(t, b); !bytes.Equal(m.Data, data) {
			t.Fatalf("a message of %d octets came with %d, or changed", size, len(m.Data))
		}
	}
	wantErr(t, "Send of too much", a.Send(assoctest.Limit(t), transport.Message{Data: make([]byte, largest+1)}), transport.ErrMessageTooLarge)
	wantErr(t, "Send of nothing", a.Send(assoctest.Limit(t), transport.Message{}), transport.ErrMessageEmpty)
	wantErr(t, "TrySend of too much", a.TrySend(transport.Message{Data: make([]byte, largest+1)}), transport.ErrMessageTooLarge)
	wantErr(t, "TrySend of nothing", a.TrySend(transport.Message{}), transport.ErrMessageEmpty)
	wantUp(t, a, b)
}

// testBackpressure sends to a peer that does not receive, until Send waits. Then the peer
// receives every message that was sent, and no message that was given up.
func testBackpressure(t *testing.T, h Hosts) {
	a, b := pair(t, listen(t, h.A, h.ListenA), listen(t, h.B, h.ListenB))
	data := make([]byte, 8<<10)
	sent := uint32(0)
	for ; ; sent++ {
		if sent > 10000 {
			t.Fatal("Send does not wait")
		}
		binary.BigEndian.PutUint32(data, sent)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		err := a.Send(ctx, transport.Message{Data: data})
		cancel()
		if err == nil {
			continue
		}
		wantErr(t, "Send", err, context.DeadlineExceeded)
		// On a busy machine, the context may have ended before Send had to wait.
		if err := a.TrySend(transport.Message{Data: data}); err != nil {
			wantErr(t, "TrySend", err, transport.ErrWouldWait)
			break
		}
	}

	more := make(chan error, 1)
	go func() {
		more <- a.Send(assoctest.Limit(t), transport.Message{Data: binary.BigEndian.AppendUint32(nil, sent)})
	}()
	for i := range sent + 1 {
		if got := binary.BigEndian.Uint32(receive(t, b).Data); got != i {
			t.Fatalf("message %d, want %d", got, i)
		}
	}
	if err := <-more; err != nil {
		t.Fatalf("the Send that waited: %v", err)
	}
	wantUp(t, a, b)
}

func testCancel(t *testing.T, h Hosts) {
	ea, eb := endpoints(t, h)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := ea.Dial(gone, eb.LocalAddrs())
	wantErr(t, "Dial", err, context.Canceled)
	_, err = eb.Accept(gone)
	wantErr(t, "Accept", err, context.Canceled)

	a, b := pair(t, ea, eb)
	_, err = b.Receive(gone)
	wantErr(t, "Receive", err, context.Canceled)
	wantErr(t, "Send", a.Send(gone, text("given up")), context.Canceled)

	// A cancelled Receive loses no message.
	ctx, cancel := context.WithCancel(t.Context())
	waiting := make(chan error, 1)
	go func() {
		m, err := b.Receive(ctx)
		if err == nil {
			err = errors.New("received " + string(m.Data))
		}
		waiting <- err
	}()
	cancel()
	wantErr(t, "Receive", <-waiting, context.Canceled)
	wantUp(t, a, b)
}
