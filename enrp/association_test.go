package enrp

import (
	"slices"
	"testing"

	"github.com/rserpool-go/rserpool/transport/step"
)

func newAssociations() *associations {
	return &associations{byID: make(map[step.AssocID]*association)}
}

func TestAssociations(t *testing.T) {
	t.Parallel()
	table := newAssociations()
	first := table.add(7, endpoint("10.0.0.2:9901"))
	second := table.add(3, endpoint("127.0.0.1:9901"))
	if first.serial >= second.serial {
		t.Errorf("serials %d, %d", first.serial, second.serial)
	}
	// A further Up keeps the association, and its registrar.
	first.speaker = idPeer
	if again := table.add(7, endpoint("10.0.0.9:9901")); again != first || !slices.Equal(again.addrs, endpoint("10.0.0.2:9901")) {
		t.Errorf("%+v after a further Up", again)
	}
	for id, want := range map[step.AssocID]bool{3: true, 7: false, 9: false} {
		if table.isLocal(id) != want {
			t.Errorf("association %d local: not %v", id, want)
		}
	}
	if table.remove(7) != first || table.remove(7) != nil || table.find(7) != nil || table.find(3) != second {
		t.Errorf("%v are left", table.byID)
	}
	if table.add(7, nil).serial <= second.serial {
		t.Error("an association is older than its predecessor")
	}
}

func TestIsNewer(t *testing.T) {
	t.Parallel()
	table := newAssociations()
	table.add(7, nil)
	table.add(3, nil)
	for _, tc := range []struct {
		id, than step.AssocID
		want     bool
	}{
		{id: 7, than: 0, want: true},
		{id: 7, than: 7},
		{id: 3, than: 7, want: true},
		{id: 7, than: 3},
		{id: 9, than: 3},
	} {
		if got := table.isNewer(tc.id, tc.than); got != tc.want {
			t.Errorf("%+v: %v", tc, got)
		}
	}
}

func TestTakeRefused(t *testing.T) {
	t.Parallel()
	table := newAssociations()
	for id := range step.AssocID(9) {
		table.add(id+1, nil).refused = idPeer
	}
	table.find(2).refused = idOther
	table.find(3).speaker = idOther // It has identified itself meanwhile.
	table.find(4).refused = 0
	if got := table.takeRefused(0); got != nil {
		t.Errorf("no peer: %v", got)
	}
	if got := table.takeRefused(idPeer); !slices.Equal(got, []step.AssocID{1, 5, 6, 7, 8, 9}) {
		t.Errorf("refused: %v", got)
	}
	if got := table.takeRefused(idPeer); got != nil {
		t.Errorf("refused again: %v", got)
	}
}
