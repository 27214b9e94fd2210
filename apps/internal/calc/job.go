package calc

import (
	"math"
	"time"

	"github.com/rserpool-go/rserpool/apps/calcapp"
)

// job is a job of an element.
type job struct {
	session SessionID
	id      uint32
	size    uint64
	before  uint64  // calculations that other elements have completed
	began   float64 // virtual time

	savedAt float64   // virtual time of the last state
	saved   time.Time // of the last state
	// asking: a keep-alive is not answered yet. Then peerAt is the end of the patience, otherwise
	// the time of the next keep-alive.
	asking bool
	peerAt time.Time

	work  entry[float64] // next event in virtual time
	timer entry[int64]   // next event in nanoseconds since the beginning of the element
}

// completed returns the number of completed calculations at a virtual time.
func (j *job) completed(virtual float64) uint64 {
	toGo := j.size - j.before
	if done := math.Round(virtual - j.began); done < float64(toGo) {
		return j.before + uint64(max(done, 0))
	}
	return j.size
}

// ends returns the virtual time of the completion.
func (j *job) ends() float64 { return j.began + float64(j.size-j.before) }

// cookie returns the state at a virtual time.
func (j *job) cookie(virtual float64) calcapp.Cookie {
	return calcapp.Cookie{JobID: j.id, JobSize: j.size, Completed: j.completed(virtual)}
}
