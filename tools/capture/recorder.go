package capture

import (
	"log/slog"
	"sync"
	"time"
)

// Limits of a recorder.
const (
	// maxWaiting is the memory of events that wait for a slow file, in octets. Further events are
	// left out.
	maxWaiting = 4 << 20
	// batchSize is the memory of events that are written at once, without a pause.
	batchSize = 256 << 10
	// pause is the time for which the first event of a batch waits for more events.
	pause = 100 * time.Millisecond
	// patience is the time that close has for the last write.
	patience = 2 * time.Second
)

// A recorder takes the events of endpoints, and writes them to a file in a goroutine of its own. A nil
// recorder takes no events.
type recorder struct {
	log *slog.Logger
	out *writer

	mu       sync.Mutex // guards the fields below
	waiting  batch
	writing  int // messages of the batch that is written now
	dropped  int // messages that are not in the file
	reported int // dropped messages that the log has
	closed   bool
	failed   bool

	wake chan struct{} // of length 1: a batch has begun
	full chan struct{} // of length 1: the batch is complete
	end  chan struct{}
	done chan struct{}
}

// newRecorder starts a recorder that appends to a file of a size, and closes the file at its end.
func newRecorder(file target, size int64, log *slog.Logger) *recorder {
	r := &recorder{
		log:  log,
		out:  newWriter(file, size),
		wake: make(chan struct{}, 1),
		full: make(chan struct{}, 1),
		end:  make(chan struct{}),
		done: make(chan struct{}),
	}
	go r.run()
	return r
}

// note takes an event, with a copy of its data. It does not wait.
func (r *recorder) note(e event, data []byte) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.failed {
		return
	}
	before := r.waiting.size()
	if before+eventSize+len(data) > maxWaiting {
		if e.hasMessage() {
			r.dropped++
		}
		return
	}
	e.at = time.Now()
	r.waiting.add(e, data)
	if before == 0 {
		signal(r.wake)
	}
	if r.waiting.size() >= batchSize {
		signal(r.full)
	}
}

// signal puts a value in a channel of length 1, if the channel is empty.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// run writes batches until close, and then the statistics.
func (r *recorder) run() {
	defer close(r.done)
	var b batch
	for last := false; !last; {
		select {
		case <-r.wake:
			last = r.gather()
		case <-r.end:
			last = true
		}
		r.mu.Lock()
		b, r.waiting = r.waiting, b
		r.writing = b.messages
		dropped := r.dropped
		r.mu.Unlock()
		r.write(&b, dropped, last)
		b.reset()
	}
}

// gather waits until a batch is complete, and returns true for the last batch.
func (r *recorder) gather() (last bool) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.full:
	case <-r.end:
		return true
	}
	return false
}

// write writes a batch, and the statistics if they are news or the last. The first failure ends the
// capture.
func (r *recorder) write(b *batch, dropped int, last bool) {
	r.mu.Lock()
	failed := r.failed
	r.mu.Unlock()
	if failed {
		return
	}
	err := r.out.writeBatch(b)
	if err == nil && (last || dropped > r.out.dropped) {
		err = r.out.writeStatistics(dropped)
	}
	if err != nil {
		r.fail(err)
		return
	}
	r.report(0)
}

// fail ends the capture. The first failure is logged.
func (r *recorder) fail(err error) {
	r.mu.Lock()
	first := !r.failed
	r.failed = true
	r.waiting = batch{}
	r.mu.Unlock()
	if first {
		r.log.Warn("capture ended: the file cannot be written", "error", err)
	}
}

// report logs the number of messages that have been left out since the last call, with so many more.
func (r *recorder) report(more int) {
	r.mu.Lock()
	n := r.dropped + more - r.reported
	r.reported = r.dropped
	r.mu.Unlock()
	if n > 0 {
		r.log.Warn("messages left out of the capture: the file is too slow", "messages", n)
	}
}

// abandon gives up a file that is too slow for the end of the program.
func (r *recorder) abandon() {
	r.mu.Lock()
	lost := r.waiting.messages + r.writing
	r.failed = true
	r.waiting = batch{}
	r.mu.Unlock()
	r.report(lost)
}

// close writes the events that wait, and closes the file. It reports whether all writes succeeded. If
// the file takes longer than patience, the rest is lost.
func (r *recorder) close() (ok bool) {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	close(r.end)
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-r.done:
	case <-timer.C:
		r.abandon()
	}
	if err := r.out.file.Close(); err != nil {
		r.fail(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.failed
}
