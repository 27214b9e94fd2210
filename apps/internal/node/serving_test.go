package node

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/wire"
)

func TestServing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var s Serving
		expect := func(want wire.PEID, wantSince time.Time) {
			t.Helper()
			if id, since := s.Element(); id != want || !since.Equal(wantSince) {
				t.Errorf("element %v since %v, want %v since %v", id, since, want, wantSince)
			}
		}
		expect(0, time.Time{})
		time.Sleep(time.Second)
		s.Notify(asap.SessionUp{Element: 7})
		expect(7, time.Now())
		time.Sleep(time.Second)
		expect(7, time.Now().Add(-time.Second))
		s.Notify(asap.SessionLost{Element: 7})
		expect(7, time.Time{})
		s.Notify(asap.SessionUp{Element: 8, Failover: true})
		expect(8, time.Now())
	})
}
