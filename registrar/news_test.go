package registrar

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/registrar/internal/asapside"
	"github.com/rserpool-go/rserpool/wire"
)

// newsBed logs news, and counts the records of each message.
type newsBed struct {
	news
	out bytes.Buffer
}

func newNewsBed() *newsBed {
	b := new(newsBed)
	b.log = slog.New(slog.NewTextHandler(&b.out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == slog.LevelKey {
			return slog.Attr{}
		}
		return a
	}}))
	return b
}

// lines returns the records since the last call.
func (b *newsBed) lines() []string {
	lines := strings.Split(strings.TrimSpace(b.out.String()), "\n")
	b.out.Reset()
	return lines
}

// remove logs the removal of n elements.
func (b *newsBed) remove(n int, reason asapside.RemoveReason) {
	for i := range n {
		b.logAction(asapside.ElementRemoved{Pool: "p", ID: wire.PEID(i + 1), Reason: reason})
	}
}

// A few removals have a record each. The rest of many removals has a single record for each reason,
// when no work is left.
func TestManyRemovals(t *testing.T) {
	t.Parallel()
	b := newNewsBed()
	busy, idle := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	for range 100 {
		b.remove(128, asapside.RemovedAssociation)
		b.remove(1, asapside.RemovedLife)
		b.endTurn(busy)
	}
	b.endTurn(idle)
	got := b.lines()
	want := []string{
		`msg="further elements removed" number=12784 reason="association down"`,
		`msg="further elements removed" number=84 reason="registration life over"`,
	}
	if len(got) != 2*maxDetails+2 || !slices.Equal(got[2*maxDetails:], want) {
		t.Errorf("%d records, at the end %q", len(got), got[max(0, len(got)-2):])
	}
	if want := `msg="element removed" pool=p pe_id=0x00000001 reason="association down"`; got[0] != want {
		t.Errorf("first record %q, want %q", got[0], want)
	}
	b.remove(maxDetails, asapside.RemovedLife)
	b.endTurn(idle)
	if got := b.lines(); len(got) != maxDetails {
		t.Errorf("%d records in the next burst", len(got))
	}
}

// Endless work does not put the record off without limit.
func TestEndlessBurst(t *testing.T) {
	t.Parallel()
	b := newNewsBed()
	b.remove(maxDetails+1, asapside.RemovedLife)
	busy := time.Now().Add(-time.Hour)
	b.endTurn(busy)
	if n := len(b.lines()); n != maxDetails {
		t.Errorf("%d records at first", n)
	}
	b.burstAt = b.burstAt.Add(-maxBurst)
	b.endTurn(busy)
	if got := b.lines(); len(got) != 1 || !strings.Contains(got[0], "number=1 ") {
		t.Errorf("got %q", got)
	}
}
