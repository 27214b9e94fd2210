package replay

import (
	"io"
	"time"

	"github.com/rserpool-go/rserpool/tools/internal/script"
)

// recorder records the cues of all rounds as a single session.
type recorder struct {
	writer *script.Writer
	err    error

	// The times and numbers of a round begin behind those of the round before.
	base, last  time.Duration
	first, most uint64
}

func newRecorder(w io.Writer) (*recorder, error) {
	writer, err := script.NewWriter(w)
	return &recorder{writer: writer}, err
}

// write records a cue of the present round. After an error nothing is recorded.
func (r *recorder) write(c script.Cue) {
	if r.err != nil {
		return
	}
	c.At += r.base
	c.Assoc += r.first
	r.last, r.most = c.At, max(r.most, c.Assoc)
	r.err = r.writer.Write(c)
}

// endRound begins another round.
func (r *recorder) endRound() { r.base, r.first = r.last, r.most }
