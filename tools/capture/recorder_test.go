package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/gopacket/pcapgo"
)

// newTestLog returns a log of lines without time.
func newTestLog() (*slog.Logger, *bytes.Buffer) {
	out := new(bytes.Buffer)
	return slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})), out
}

func testFlow() *flow {
	return newFlow(netip.MustParseAddrPort("192.0.2.1:1"), netip.MustParseAddrPort("192.0.2.2:2"), true)
}

// pipe is a file that somebody has to read.
type pipe struct{ *io.PipeWriter }

func (pipe) Truncate(int64) error { return errors.ErrUnsupported }

// TestStalledFile holds that nobody waits for a file that takes nothing, and that the memory is bounded.
// When the file takes data again, the capture goes on, and the log has the number of lost messages.
func TestStalledFile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reader, out := io.Pipe()
		log, logged := newTestLog()
		r := newRecorder(pipe{out}, 0, log)
		f, data := testFlow(), make([]byte, 1000)
		began := time.Now()
		note := func() { r.note(event{kind: message, flow: f}, data) }
		note()
		time.Sleep(2 * pause)
		const each = 1000 + eventSize
		const fit = maxWaiting / each
		for range fit + 5 {
			note()
			if size := r.waiting.size(); size > maxWaiting {
				t.Fatalf("%d octets wait", size)
			}
		}
		if r.dropped != 5 || cap(r.waiting.data) > 2*maxWaiting {
			t.Errorf("%d messages dropped, want 5; memory for %d octets", r.dropped, cap(r.waiting.data))
		}
		if d := time.Since(began); d != 2*pause {
			t.Errorf("it took %v", d)
		}
		var content bytes.Buffer
		go io.Copy(&content, reader) //nolint:errcheck // The content is checked.
		time.Sleep(pause)
		note()
		if !r.close() {
			t.Error("the capture failed")
		}
		synctest.Wait() // The reader has seen the end.
		if want := "level=WARN msg=\"messages left out of the capture: the file is too slow\" messages=5\n"; logged.String() != want {
			t.Errorf("log: %s", logged)
		}
		packets, stats := readPackets(t, content.Bytes())
		if want := 4 + 1 + fit + 1; packets != want || stats.PacketsDropped != 5 || stats.PacketsReceived != uint64(want) {
			t.Errorf("%d packets, want %d; statistics %+v", packets, want, stats)
		}
	})
}

// readPackets reads a capture, and returns the number of packets and the statistics.
func readPackets(t *testing.T, content []byte) (packets int, stats pcapgo.NgInterfaceStatistics) {
	t.Helper()
	in, err := pcapgo.NewNgReader(bytes.NewReader(content), pcapgo.NgReaderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for {
		_, _, err := in.ReadPacketData()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		packets++
	}
	for rest := content; len(rest) > 0; { // Each block is whole, with its length at its end.
		n := int(binary.LittleEndian.Uint32(rest[4:]))
		if n > len(rest) || int(binary.LittleEndian.Uint32(rest[n-4:])) != n {
			t.Fatalf("a block of %d octets in %d", n, len(rest))
		}
		rest = rest[n:]
	}
	i, err := in.Interface(0)
	if err != nil {
		t.Fatal(err)
	}
	return packets, i.Statistics
}

// TestStalledEnd holds that a file that takes nothing delays the end for patience only.
func TestStalledEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, out := io.Pipe()
		log, logged := newTestLog()
		r := newRecorder(pipe{out}, 0, log)
		f := testFlow()
		r.note(event{kind: message, flow: f}, []byte("one"))
		time.Sleep(2 * pause)
		r.note(event{kind: message, flow: f}, []byte("two"))
		r.note(event{kind: ended, flow: f}, nil)
		began := time.Now()
		if r.close() {
			t.Error("the capture succeeded")
		}
		if d := time.Since(began); d != patience {
			t.Errorf("the end took %v", d)
		}
		r.note(event{kind: message, flow: f}, []byte("three"))
		<-r.done
		if want := "level=WARN msg=\"messages left out of the capture: the file is too slow\" messages=2\n"; logged.String() != want {
			t.Errorf("log: %s", logged)
		}
	})
}

// disk is a file on a disk that becomes full.
type disk struct {
	bytes.Buffer
	room   int
	closed bool
}

var errFull = errors.New("disk full")

func (d *disk) Write(p []byte) (int, error) {
	n := min(len(p), d.room-d.Len())
	d.Buffer.Write(p[:n])
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

func (d *disk) Truncate(size int64) error {
	d.Buffer.Truncate(int(size))
	return nil
}

func (d *disk) Close() error {
	d.closed = true
	return nil
}

// TestDiskBecomesFull holds that the file remains readable, and that the log has a single warning.
func TestDiskBecomesFull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const before = 700 // octets of an earlier section
		file := &disk{room: before + 10000}
		log, logged := newTestLog()
		file.WriteString(strings.Repeat("x", before))
		r := newRecorder(file, before, log)
		f := testFlow()
		for range 20 {
			r.note(event{kind: message, flow: f}, make([]byte, 1000))
			time.Sleep(2 * pause)
		}
		if r.close() || !file.closed {
			t.Errorf("the capture succeeded, or its file is open: %v", file.closed)
		}
		if want := "level=WARN msg=\"capture ended: the file cannot be written\" error=\"disk full\"\n"; logged.String() != want {
			t.Errorf("log: %s", logged)
		}
		if packets, _ := readPackets(t, file.Bytes()[before:]); packets != 4+8 {
			t.Errorf("%d packets", packets)
		}
	})
}

// TestLateBeginning holds that the handshake is written although its event was left out, and that the
// capture has no end of an association without a beginning.
func TestLateBeginning(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		file := &disk{room: 1 << 20}
		r := newRecorder(file, 0, slog.New(slog.DiscardHandler))
		r.note(event{kind: ended, flow: testFlow(), cause: 1}, nil)
		r.note(event{kind: message, flow: testFlow(), inbound: true}, []byte("x"))
		r.close()
		if packets, _ := readPackets(t, file.Bytes()); packets != 4+1 {
			t.Errorf("%d packets", packets)
		}
	})
}

// BenchmarkNote is the cost of a message to its endpoint, and BenchmarkWrite is the rest.
func BenchmarkNote(b *testing.B) {
	r := &recorder{wake: make(chan struct{}, 1), full: make(chan struct{}, 1)}
	f, data := testFlow(), make([]byte, 100)
	b.ReportAllocs()
	for b.Loop() {
		r.note(event{kind: message, flow: f, ppid: 11}, data)
		if r.waiting.size() > batchSize {
			r.waiting.reset()
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	w := newWriter(discard{}, 0)
	var one batch
	one.add(event{kind: message, flow: testFlow(), ppid: 11, at: time.Now()}, make([]byte, 100))
	b.ReportAllocs()
	for b.Loop() {
		if err := w.writeBatch(&one); err != nil {
			b.Fatal(err)
		}
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) Truncate(int64) error        { return nil }
func (discard) Close() error                { return nil }
