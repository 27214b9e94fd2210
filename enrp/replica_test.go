package enrp

import (
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step/steptest"
)

func TestNeedsDownload(t *testing.T) {
	t.Parallel()
	now := steptest.Begin
	for _, tc := range []struct {
		name    string
		replica replica
		differs bool
		want    bool
	}{
		{name: "same"},
		{name: "differs", differs: true, want: true},
		{name: "suspect, same checksum", replica: replica{isSuspect: true}, want: true},
		{name: "under way", replica: replica{isSuspect: true, download: &download{}}, differs: true},
		{name: "audited lately", replica: replica{audited: now.Add(1 - 7*time.Second)}, differs: true},
		{name: "audited a cycle ago", replica: replica{audited: now.Add(-7 * time.Second)}, differs: true, want: true},
		{name: "suspect, rejected lately", replica: replica{isSuspect: true, audited: now.Add(1 - 7*time.Second)}, differs: true},
		{name: "failed", replica: replica{failures: 1, audited: now.Add(1 - 16*time.Second)}, differs: true},
		{name: "failed, pause is over", replica: replica{failures: 1, audited: now.Add(-16 * time.Second)}, differs: true, want: true},
		{name: "failed often", replica: replica{failures: 4, audited: now.Add(1 - 80*time.Second)}, differs: true},
		{name: "failed often, pause is over", replica: replica{failures: 4, audited: now.Add(-80 * time.Second)}, differs: true, want: true},
		{name: "failed, but suspect", replica: replica{failures: 4, audited: now.Add(-7 * time.Second), isSuspect: true}, want: true},
	} {
		checksum := uint16(7)
		if tc.differs {
			checksum++
		}
		if got := tc.replica.needsDownload(now, checksum, 7, 8*time.Second); got != tc.want {
			t.Errorf("%s: %v", tc.name, got)
		}
	}
}

func TestReplicaDownload(t *testing.T) {
	t.Parallel()
	now := steptest.Begin
	r := &replica{}
	if r.isDue(now) || !r.deadline().IsZero() {
		t.Error("a deadline without a download")
	}
	r.begin(idPeer, 1)
	if d := r.download; d.home != idPeer || d.isPartial {
		t.Errorf("%+v", d)
	}
	r.download.deadline = now.Add(time.Second)
	if r.isDue(now) || !r.isDue(now.Add(time.Second)) || !r.deadline().Equal(now.Add(time.Second)) {
		t.Errorf("deadline %v", r.deadline())
	}
	r.cancel()
	if r.download != nil || !r.isSuspect || !r.deadline().IsZero() {
		t.Errorf("%+v after the end", r)
	}
	// The peer goes on with the table that was given up.
	r.isMidTable = true
	r.begin(0, 2)
	if d := r.download; d.home != 0 || !d.isPartial {
		t.Errorf("%+v", d)
	}
}

// A whole table ends at twice the known number of elements, plus a reserve. A table of one
// registrar has an end of its own.
func TestIsRepeating(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		download download
		known    int
		want     bool
	}{
		{download: download{elements: maxRepeated}, known: 0, want: false},
		{download: download{elements: maxRepeated + 1}, known: 0, want: true},
		{download: download{elements: maxRepeated + 20}, known: 10, want: false},
		{download: download{elements: maxRepeated + 21}, known: 10, want: true},
		{download: download{home: idPeer, elements: maxRepeated + 1}, known: 0, want: false},
	} {
		if got := tc.download.isRepeating(tc.known); got != tc.want {
			t.Errorf("%+v, %d known: %v", tc.download, tc.known, got)
		}
	}
}
