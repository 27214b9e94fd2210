package handlespace

import (
	"slices"

	"github.com/rserpool-go/rserpool/wire"
)

// failer is a *testing.T or *rapid.T.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkBegin checks that the first item of a roster is found without a search.
func checkBegin[T any](t failer, r *roster[T]) {
	t.Helper()
	for _, x := range r.entries[:r.begin] {
		if x.item != nil {
			t.Fatalf("an item before position %d", r.begin)
		}
	}
	if r.live > 0 && r.entries[r.begin].item == nil {
		t.Fatalf("no item at position %d", r.begin)
	}
}

// checkIndexes checks that all indexes of h agree.
func checkIndexes(t failer, h *Handlespace) {
	t.Helper()
	elements, octets, associated, timed := 0, 0, 0, 0
	owned := map[wire.ServerID]int{}
	for p := range h.pools.all {
		if h.byHandle.find(p.handle) != p {
			t.Fatalf("pool %v is not found", p.handle)
		}
		if p.members.live == 0 || p.ids.used != p.members.live {
			t.Fatalf("pool %v has %d elements and %d identifiers", p.handle, p.members.live, p.ids.used)
		}
		checkBegin(t, &p.members)
		for i, x := range p.members.entries {
			e := x.item
			if e == nil {
				continue
			}
			if i > 0 && p.members.entries[i-1].serial >= x.serial {
				t.Fatalf("serials of pool %v do not ascend", p.handle)
			}
			elements++
			octets += len(e.encoded)
			checkElementIndexes(t, h, p, i, e)
			owned[e.home]++
			if e.association != 0 {
				associated++
			}
			if e.timerPos >= 0 {
				timed++
			}
		}
		checkOrder(t, p)
	}
	if elements != h.elements || h.byHandle.used != h.pools.live || timed != len(h.timers.heap) {
		t.Fatalf("%d of %d elements, %d of %d pools, %d of %d timers",
			elements, h.elements, h.byHandle.used, h.pools.live, timed, len(h.timers.heap))
	}
	if octets != h.octets {
		t.Fatalf("%d of %d octets", octets, h.octets)
	}
	checkBegin(t, &h.pools)
	for _, x := range h.owners.entries {
		if x.value != nil {
			checkBegin(t, &x.value.members)
		}
		if o := x.value; o != nil && (o.members.live != owned[o.id] || o.members.live == 0 && o.sum != 0) {
			t.Fatalf("owner %v has %d elements, want %d", o.id, o.members.live, owned[o.id])
		}
	}
	for _, x := range h.associations.entries {
		if x.key == 0 {
			continue
		}
		for e := x.value; e != nil; e = e.assocNext {
			associated--
			if e.association != Association(x.key) || e.assocNext != nil && e.assocNext.assocPrev != e {
				t.Fatalf("%v is in the list of association %d", e.id, x.key)
			}
		}
	}
	if associated != 0 {
		t.Fatalf("%d elements are not in the list of their association", associated)
	}
	for i, x := range h.timers.heap {
		if x.e.timerPos != int32(i) || x.at > x.e.deadline || i > 0 && h.timers.heap[(i-1)/4].at > x.at {
			t.Fatalf("timer %d of %v is misplaced", i, x.e.id)
		}
	}
}

func checkElementIndexes(t failer, h *Handlespace, p *Pool, i int, e *Element) {
	t.Helper()
	if e.pool != p || int(e.poolPos) != i || p.ids.get(uint64(e.id)) != e {
		t.Fatalf("%v is misplaced in pool %v", e.id, p.handle)
	}
	if o := e.owner; (o != nil) != (e.home != 0) ||
		o != nil && (o.id != e.home || o.members.entries[e.ownerPos].item != e || h.owners.get(uint64(o.id)) != o) {
		t.Fatalf("%v is misplaced at its owner", e.id)
	}
}

// checkOrder checks that the order of a pool has exactly its members.
func checkOrder(t failer, p *Pool) {
	t.Helper()
	members := slices.Collect(p.members.all)
	n := 0
	switch o := p.order.(type) {
	case *ring:
		n = checkRing(t, o, members)
	case *sorted:
		last := uint64(0)
		for i, b := range o.blocks {
			for j, x := range b.ranked {
				e := x.e
				n++
				if x.key != e.key || e.key <= last || e.key < o.floors[i] || i > 0 && j == 0 && last > o.floors[i] {
					t.Fatalf("%v is misplaced", e.id)
				}
				last = e.key
			}
		}
	case *shares:
		for _, c := range o.classes {
			if c == nil {
				continue
			}
			n += checkRing(t, &c.ring, members)
			if got := o.due[0][c.at]; got != o.time(c) || got < o.due.first() {
				t.Fatalf("class of weight %d is due at %x, not %x", c.weight, got, o.time(c))
			}
		}
	case *draw:
		if n = len(members); o.moves != p.members.moves {
			break // The next use rebuilds the tree.
		}
		sum := uint64(0)
		for i, x := range p.members.entries {
			if x.item == nil || x.item.base == 0 {
				continue
			}
			if o.find(sum) != i || o.find(sum+uint64(x.item.base)-1) != i {
				t.Fatalf("%v is misplaced", x.item.id)
			}
			sum += uint64(x.item.base)
		}
		if o.sum != sum {
			t.Fatalf("sum is %d, want %d", o.sum, sum)
		}
	}
	if n != len(members) {
		t.Fatalf("the order of pool %v has %d elements, want %d", p.handle, n, len(members))
	}
}

func checkRing(t failer, r *ring, members []*Element) (n int) {
	t.Helper()
	for e := r.head; n == 0 || e != r.head; e = e.next {
		if n++; e.next.prev != e || !slices.Contains(members, e) {
			t.Fatalf("%v is misplaced", e.id)
		}
	}
	return n
}
