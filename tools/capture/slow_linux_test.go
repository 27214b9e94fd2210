package capture_test

import (
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rserpool-go/rserpool/tools/capture"
	"github.com/rserpool-go/rserpool/transport/memnet"
)

// TestFIFO writes to a named pipe that nobody reads: neither the opening nor a message waits, memory is
// bounded, and the log has the number of messages that were left out.
func TestFIFO(t *testing.T) {
	file := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(file, 0o600); err != nil {
		t.Skip(err)
	}
	peers := memnet.New(memnet.Config{})
	log, out := warnings()
	const messages, size = 4000, 32 << 10 // 125 MiB
	before := heap()
	exchange(t, capture.New(peers.Host(), file, log), peers, messages, size, func() {
		if grown := heap() - before; grown > 24<<20 {
			t.Errorf("the heap has grown by %d octets", grown)
		}
	})
	got := out.String()
	_, number, _ := strings.Cut(strings.TrimSpace(got), " messages=")
	// The pipe itself has room for two messages.
	if n, err := strconv.Atoi(number); strings.Count(got, "\n") != 1 || !strings.Contains(got, "too slow") || err != nil || n < messages-2 || n > messages {
		t.Errorf("log: %s", got)
	}
}

// heap returns the memory of live objects, in octets.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestFullDisk writes to a device without room: the endpoint goes on, with a single warning.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	peers := memnet.New(memnet.Config{})
	log, out := warnings()
	n := capture.New(peers.Host(), "/dev/full", log)
	for range 2 {
		exchange(t, n, peers, 1000, 1000, func() {})
	}
	if got := out.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "no space left on device") {
		t.Errorf("log: %s", got)
	}
}
