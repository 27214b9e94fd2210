package handlespace

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/rserpool-go/rserpool/wire"
)

func TestTable(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(8, 8))
	for _, keys := range []uint64{3, 40, 12000} {
		table := newTable[uint64](rnd)
		model := map[uint64]*uint64{}
		for step := range 60000 {
			key := 1 + rnd.Uint64N(keys)*0x100000001
			switch value := model[key]; {
			case value == nil && (step < 40000 || rnd.IntN(4) == 0):
				value = new(uint64)
				table.put(key, value)
				model[key] = value
			case value == nil:
			case rnd.IntN(3) == 0:
				model[key] = new(uint64)
				table.replace(key, model[key])
			default:
				table.remove(key)
				delete(model, key)
			}
			if table.get(key) != model[key] || table.used != len(model) {
				t.Fatalf("key %x: got %p, want %p; %d of %d", key, table.get(key), model[key], table.used, len(model))
			}
		}
		for k := range keys {
			if key := 1 + k*0x100000001; table.get(key) != model[key] {
				t.Fatalf("key %x: got %p, want %p", key, table.get(key), model[key])
			}
		}
	}
}

func TestPoolTable(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(8, 9))
	table := newPoolTable(rnd)
	model := map[wire.PoolHandle]*Pool{}
	var handles []wire.PoolHandle
	for i := range 300 {
		// All lengths; many handles differ in one place.
		b := make([]byte, 1+i%32)
		b[rnd.IntN(len(b))] = byte(rnd.Uint32())
		handles = append(handles, wire.PoolHandle(b))
	}
	for range 30000 {
		handle := handles[rnd.IntN(len(handles))]
		if p := model[handle]; p == nil {
			p = &Pool{handle: handle}
			table.put(p)
			model[handle] = p
		} else {
			table.remove(p)
			delete(model, handle)
		}
		if table.find(handle) != model[handle] || table.used != len(model) {
			t.Fatalf("%q: got %p, want %p", string(handle), table.find(handle), model[handle])
		}
	}
	for _, handle := range handles {
		if table.find(handle) != model[handle] {
			t.Fatalf("%q: got %p, want %p", string(handle), table.find(handle), model[handle])
		}
	}
	if table.find(wire.PoolHandle(make([]byte, 100))) != nil || table.find("") != nil {
		t.Error("found what is not there")
	}
}

// Handles that an adversary may choose do not collide.
func TestHashOfHandles(t *testing.T) {
	t.Parallel()
	table := newPoolTable(rand.New(rand.NewPCG(1, 1)))
	seen := map[uint64]wire.PoolHandle{}
	for i := range 20000 {
		for _, format := range []string{"%d", "%08d", "pool-%d", "%d-pool-with-a-long-name", "%020d.suffix.12"} {
			handle := wire.PoolHandle(fmt.Sprintf(format, i))
			if format == "%d" && i < 1 || format == "%08d" && len(fmt.Sprint(i)) == 8 {
				continue
			}
			h := table.hash(handle)
			if other, ok := seen[h]; ok && other != handle {
				t.Fatalf("%q and %q have the same hash", handle, other)
			}
			seen[h] = handle
		}
	}
}

// A roster closes its holes during a walk and between blocks.
func TestRosterClosesHoles(t *testing.T) {
	t.Parallel()
	h := newTest()
	for id := range wire.PEID(5000) {
		mustRegister(t, h, "pool", testElement(id+1))
	}
	members := &h.Pool("pool").members
	walked := 0
	for e := range h.Elements() {
		walked++
		if e.ID()%100 != 0 {
			h.Remove(e)
		}
	}
	if walked != 5000 || h.Len() != 50 || members.moves == 0 || len(members.entries) > 100 || cap(members.entries) > 2000 {
		t.Errorf("walked %d; %d are left, in %d of %d entries", walked, h.Len(), len(members.entries), cap(members.entries))
	}
	checkIndexes(t, h)

	for id := range wire.PEID(5000) {
		mustRegister(t, h, "pool", testElement(id+1))
	}
	var got []uint32
	moves := members.moves
	list := make([]*Element, 0, 10)
	for c, more := TableOf(0x10000001), true; more; {
		list, c, more = h.Extract(c, 10, list[:0])
		for _, e := range list {
			got = append(got, uint32(e.ID()))
		}
		// Remove the elements of the block, and as many elements elsewhere.
		for _, id := range ids(list) {
			deregister(h, "pool", wire.PEID(id))
			deregister(h, "pool", wire.PEID((id+2500-1)%5000+1))
		}
	}
	slices.Sort(got)
	if len(got) < 2500 || len(slices.Compact(got)) != len(got) || h.Len() != 0 {
		t.Errorf("%d elements read, %d left", len(got), h.Len())
	}
	if members.moves == moves {
		t.Error("no holes were closed")
	}
	checkIndexes(t, h)
}
