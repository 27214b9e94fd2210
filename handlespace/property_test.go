package handlespace

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rserpool-go/rserpool/wire"
)

// TestAgainstNaive does random operations on a handlespace and on its naive twin. It
// compares the answers, and all observable state after each operation.
func TestAgainstNaive(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m := newMachine(rt)
		rt.Repeat(map[string]func(*rapid.T){
			"":           m.check,
			"register":   m.register,
			"register2":  m.register,
			"crowd":      m.crowd,
			"desert":     m.desert,
			"refuse":     m.refuse,
			"deregister": m.deregister,
			"resolve":    m.resolve,
			"resolve2":   m.resolve,
			"owner":      m.setOwner,
			"adopt":      m.adopt,
			"mark":       m.setMark,
			"purge":      m.purge,
			"hangUp":     m.hangUp,
			"timer":      m.timer,
			"expire":     m.expire,
			"extract":    m.extract,
		})
	})
}

type machine struct {
	h       *Handlespace
	n       naive
	source  *rand.PCG
	types   map[wire.PoolHandle]wire.PolicyType
	handles []wire.PoolHandle
	now     time.Time
	changes []Change
	held    time.Duration // of the registration that is renewed
	former  Association   // of the element that is changed
	mark    Mark          // the last
	table   tableReader
}

var (
	modelOwners = []wire.ServerID{0, 0xa, 0xb, 0xc}
	maxModelID  = wire.PEID(150)
)

func newMachine(rt *rapid.T) *machine {
	m := &machine{
		source:  rand.NewPCG(1, 2),
		types:   map[wire.PoolHandle]wire.PolicyType{},
		handles: []wire.PoolHandle{"a", "pool-1", "a handle of 32 octets, the most."},
		now:     t0,
	}
	for _, handle := range m.handles {
		m.types[handle] = rapid.SampledFrom(wire.PolicyTypes()).Draw(rt, "policy")
	}
	m.n.maxIncrement = rapid.IntRange(0, 3).Draw(rt, "maxIncrement")
	m.n.rnd = rand.New(m.source)
	m.h = New(Config{
		Rand: rand.New(m.source), MaxIncrement: m.n.maxIncrement,
		OnChange: func(c Change) { m.changes = append(m.changes, c) },
	})
	return m
}

func (m *machine) handle(rt *rapid.T) wire.PoolHandle {
	return rapid.SampledFrom(m.handles).Draw(rt, "pool")
}

// pick draws an element of the handlespace.
func (m *machine) pick(rt *rapid.T) (*Element, *naiveElement) {
	all := m.n.all(func(*naiveElement) bool { return true })
	if len(all) == 0 {
		rt.Skip("no element")
	}
	n := rapid.SampledFrom(all).Draw(rt, "element")
	return m.h.Find(n.pool.handle, n.pe.ID), n
}

func drawValue(rt *rapid.T, name string) uint32 {
	return rapid.OneOf(
		rapid.Uint32Range(0, 3),
		rapid.Uint32(),
		rapid.Just(uint32(wire.FullLoad)),
	).Draw(rt, name)
}

func (m *machine) drawElement(rt *rapid.T, typ wire.PolicyType) wire.PoolElement {
	pe := *testElement(wire.PEID(rapid.Uint32Range(1, uint32(maxModelID)).Draw(rt, "id")))
	pe.HomeID = rapid.SampledFrom(modelOwners).Draw(rt, "home")
	pe.RegistrationLife = time.Duration(rapid.IntRange(1, 3).Draw(rt, "life")) * time.Second
	pe.UserTransport.Addrs = slices.Repeat(pe.UserTransport.Addrs, rapid.IntRange(1, 3).Draw(rt, "addresses"))
	if rapid.Bool().Draw(rt, "from a pool user's cache") {
		pe.ASAPTransport = nil
	}
	pe.Policy = wire.Policy{Type: typ}
	has := typ.Fields()
	for _, f := range []struct {
		flag  wire.PolicyFields
		value *uint32
	}{
		{wire.FieldWeight, &pe.Policy.Weight},
		{wire.FieldPriority, &pe.Policy.Priority},
		{wire.FieldLoad, &pe.Policy.Load},
		{wire.FieldLoadDegradation, &pe.Policy.LoadDegradation},
		{wire.FieldWeightDPF, &pe.Policy.WeightDPF},
		{wire.FieldLoadDPF, &pe.Policy.LoadDPF},
		{wire.FieldDistance, &pe.Policy.Distance},
	} {
		if has&f.flag != 0 {
			*f.value = drawValue(rt, "value")
		}
	}
	return pe
}

func (m *machine) register(rt *rapid.T) {
	handle := m.handle(rt)
	pe := m.drawElement(rt, m.types[handle])
	a := Association(rapid.Uint64Range(0, 3).Draw(rt, "association"))
	m.now = m.now.Add(time.Millisecond)

	old := m.n.find(handle, pe.ID)
	if old != nil {
		m.former = old.assoc
		m.held = m.now.Sub(m.h.UpdatedAt(m.h.Find(handle, pe.ID)))
	}
	want, moved := Change{Kind: Created}, false
	if old != nil {
		was, _ := old.pe.AppendBinary(nil)
		is, _ := pe.AppendBinary(nil)
		want, moved = Change{Kind: Updated, Same: bytes.Equal(was, is)}, old.pe.HomeID != pe.HomeID
	}
	if code := m.n.register(handle, pe, a); code != 0 {
		rt.Fatalf("refused: %v", code)
	}
	e, created, err := m.h.Register(m.now, handle, &pe, a)
	if err != nil || created != (old == nil) {
		rt.Fatalf("created %v, %v; want %v", created, err, old == nil)
	}
	if !m.h.UpdatedAt(e).Equal(m.now) {
		rt.Fatalf("updated at %v", m.h.UpdatedAt(e))
	}
	want.Element = e
	m.expectChanges(rt, want)
	if moved {
		m.table.left(e)
	}
}

// adopt compares an adoption with a registration of the same parameters with another home
// registrar.
func (m *machine) adopt(rt *rapid.T) {
	e, n := m.pick(rt)
	id := rapid.SampledFrom(modelOwners).Draw(rt, "owner")
	a := Association(rapid.Uint64Range(0, 3).Draw(rt, "association"))
	m.now = m.now.Add(time.Millisecond)
	m.held, m.former = m.now.Sub(m.h.UpdatedAt(e)), n.assoc

	before, pe := n.pe.HomeID, n.pe
	pe.HomeID = id
	if code := m.n.register(n.pool.handle, pe, a); code != 0 {
		rt.Fatalf("refused: %v", code)
	}
	m.h.Adopt(m.now, e, id, a)
	if !m.h.UpdatedAt(e).Equal(m.now) {
		rt.Fatalf("updated at %v", m.h.UpdatedAt(e))
	}
	m.expectChanges(rt, Change{Kind: Updated, Element: e, Same: before == id})
	if before != id {
		m.table.left(e)
	}
}

// crowd registers many elements with small differences.
func (m *machine) crowd(rt *rapid.T) {
	handle := m.handle(rt)
	pe := m.drawElement(rt, m.types[handle])
	for range rapid.IntRange(1, 100).Draw(rt, "elements") {
		pe.ID = pe.ID%maxModelID + 1
		pe.Policy.Load += pe.Policy.Load / 16
		pe.Policy.Weight ^= pe.Policy.Weight >> 1 & 1
		old := wire.ServerID(0)
		if n := m.n.find(handle, pe.ID); n != nil {
			old = n.pe.HomeID
		}
		if code := m.n.register(handle, pe, 2); code != 0 {
			rt.Fatalf("refused: %v", code)
		}
		e, _, err := m.h.Register(m.now, handle, &pe, 2)
		if err != nil {
			rt.Fatal(err)
		}
		if old != pe.HomeID {
			m.table.left(e)
		}
	}
	m.changes = nil
}

// desert removes most elements of a pool while it walks them.
func (m *machine) desert(rt *rapid.T) {
	p := m.n.pool(m.handle(rt))
	if p == nil {
		rt.Skip("no pool")
	}
	keep := rapid.IntRange(1, 20).Draw(rt, "keep")
	var gone []*naiveElement
	for i, n := range p.members {
		if i%20 >= keep {
			gone = append(gone, n)
		}
	}
	i := 0
	m.remove(rt, gone, func() {
		for e := range m.h.Pool(p.handle).members.all {
			if i%20 >= keep {
				m.h.Remove(e)
			}
			i++
		}
	})
}

// refuse attempts a registration that may be refused.
func (m *machine) refuse(rt *rapid.T) {
	handle := rapid.SampledFrom(append(m.handles, "", "a handle of 33 octets is too long.")).Draw(rt, "pool")
	typ := rapid.SampledFrom(append(wire.PolicyTypes(), 7)).Draw(rt, "policy")
	pe := m.drawElement(rt, typ)
	pe.ID = rapid.SampledFrom([]wire.PEID{0, 1, 2, 3, 4}).Draw(rt, "identifier")
	pe.UserTransport.Protocol = rapid.SampledFrom([]wire.Protocol{wire.SCTP, wire.TCP}).Draw(rt, "protocol")
	pe.UserTransport.Addrs = pe.UserTransport.Addrs[:1]
	pe.UserTransport.Use = rapid.SampledFrom([]wire.TransportUse{0, 1}).Draw(rt, "use")
	pe.UserTransport.Port = rapid.SampledFrom([]uint16{0, 80}).Draw(rt, "port")
	m.types[handle] = cmpOr(m.types[handle], typ)

	trial := m.n
	trial.pools = nil
	if p := m.n.pool(handle); p != nil {
		first := *p.members[0]
		trial.pools = []*naivePool{{handle: handle, typ: p.typ, members: []*naiveElement{&first}}}
	}
	code := trial.register(handle, pe, 0)
	if code == 0 {
		rt.Skip("all right")
	}
	_, _, err := m.h.Register(m.now, handle, &pe, 0)
	refusal, ok := err.(*Error)
	if !ok || refusal.Cause.Code != code {
		rt.Fatalf("got %v, want %v", err, code)
	}
	m.expectChanges(rt)
}

func cmpOr(a, b wire.PolicyType) wire.PolicyType {
	if a != 0 {
		return a
	}
	return b
}

func (m *machine) expectChanges(rt *rapid.T, want ...Change) {
	for i := range want {
		want[i].Former = m.former
		if want[i].Kind == Updated {
			want[i].Held = m.held
		}
	}
	m.held, m.former = 0, 0
	if !slices.Equal(m.changes, want) {
		rt.Fatalf("changes %+v, want %+v", m.changes, want)
	}
	m.changes = nil
}

// removed removes e from the models, after its removal from the handlespace.
func (m *machine) removed(e *Element, n *naiveElement) {
	m.n.remove(n)
	m.table.left(e)
}

func (m *machine) deregister(rt *rapid.T) {
	handle, id := m.handle(rt), wire.PEID(rapid.Uint32Range(0, uint32(maxModelID)).Draw(rt, "id"))
	n := m.n.find(handle, id)
	e := m.h.Find(handle, id)
	if (e != nil) != (n != nil) || deregister(m.h, handle, id) != (n != nil) {
		rt.Fatalf("deregistered, but there was %v", n)
	}
	if n != nil {
		m.former = n.assoc
		m.expectChanges(rt, Change{Kind: Removed, Element: e})
		m.removed(e, n)
	}
}

func (m *machine) resolve(rt *rapid.T) {
	handle := rapid.SampledFrom(append(m.handles, "unknown")).Draw(rt, "pool")
	n := rapid.IntRange(0, 6).Draw(rt, "items")
	p := m.n.pool(handle)
	if p != nil && p.typ == wire.WeightedRoundRobin && m.n.maxIncrement > 1 {
		n = min(n, 1) // The naive twin counts only the first element as used.
	}
	seed := rapid.Uint64().Draw(rt, "seed")
	m.source.Seed(seed, 0)
	list, err := m.h.Resolve(handle, n, nil)
	if (err == ErrUnknownPool) != (p == nil) {
		rt.Fatalf("got error %v", err)
	}
	m.source.Seed(seed, 0)
	if p != nil && n == 0 {
		p = nil // A resolution of no elements uses no element.
	}
	var want []uint32
	if p != nil {
		want = m.n.resolve(handle, n)
	}
	got := ids(list)
	if p != nil && p.typ == wire.WeightedRoundRobin && len(want) < len(got) {
		// Behind the elements of the uses ahead follow other elements, in any order.
		for i := range got[len(want):] {
			if len(got) != min(n, len(p.members)) || slices.Contains(got[:len(want)+i], got[len(want)+i]) {
				rt.Fatalf("got %v of %d", got, len(p.members))
			}
		}
		got = got[:len(want)]
	}
	if !slices.Equal(got, want) {
		rt.Fatalf("got %v, want %v", got, want)
	}
}

func (m *machine) setOwner(rt *rapid.T) {
	e, n := m.pick(rt)
	id := rapid.SampledFrom(modelOwners).Draw(rt, "owner")
	before := n.pe.HomeID
	m.h.SetOwner(e, id)
	n.pe.HomeID = id
	if before != id {
		n.stale, m.former = false, n.assoc
		m.expectChanges(rt, Change{Kind: Updated, Element: e})
		m.table.left(e)
	}
}

func (m *machine) setMark(*rapid.T) {
	m.mark = m.h.Mark()
	for _, n := range m.n.all(func(*naiveElement) bool { return true }) {
		n.stale = true
	}
}

// purge removes the elements of an owner that are not renewed since the last mark, block by
// block.
func (m *machine) purge(rt *rapid.T) {
	id := rapid.SampledFrom(modelOwners[1:]).Draw(rt, "owner")
	gone := m.n.all(func(n *naiveElement) bool { return n.pe.HomeID == id && n.stale })
	block := rapid.IntRange(1, 40).Draw(rt, "block")
	m.remove(rt, gone, func() {
		for c, more := TableOf(id), true; more; {
			var list []*Element
			list, c, more = m.h.Extract(c, block, nil)
			for _, e := range list {
				if !e.RenewedSince(m.mark) {
					m.h.Remove(e)
				}
			}
		}
	})
}

// remove checks that f removes exactly these elements.
func (m *machine) remove(rt *rapid.T, gone []*naiveElement, f func()) {
	var elements []*Element
	for _, n := range gone {
		elements = append(elements, m.h.Find(n.pool.handle, n.pe.ID))
	}
	f()
	if len(m.changes) != len(gone) {
		rt.Fatalf("%d changes, want %d", len(m.changes), len(gone))
	}
	for i, n := range gone {
		if !slices.Contains(m.changes, Change{Kind: Removed, Element: elements[i], Former: n.assoc}) {
			rt.Fatalf("%v is not removed", n.pe.ID)
		}
		m.removed(elements[i], n)
	}
	m.changes = nil
}

// hangUp removes all elements of an association while it walks them.
func (m *machine) hangUp(rt *rapid.T) {
	a := Association(rapid.Uint64Range(0, 3).Draw(rt, "association"))
	gone := m.n.all(func(n *naiveElement) bool { return a != 0 && n.assoc == a })
	m.remove(rt, gone, func() {
		for e := range m.h.RegisteredOver(a) {
			m.h.Remove(e)
		}
	})
}

func (m *machine) timer(rt *rapid.T) {
	e, n := m.pick(rt)
	if rapid.IntRange(0, 3).Draw(rt, "stop") == 0 {
		m.h.StopTimer(e)
		n.deadline, n.code = time.Time{}, 0
		return
	}
	n.code = TimerCode(rapid.Uint8Range(1, 3).Draw(rt, "code"))
	n.deadline = m.now.Add(time.Duration(rapid.IntRange(-5, 50).Draw(rt, "after")) * time.Millisecond)
	m.h.SetTimer(e, n.code, n.deadline)
}

func (m *machine) expire(rt *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.IntRange(0, 20).Draw(rt, "later")) * time.Millisecond)
	due := func(n *naiveElement) bool { return !n.deadline.IsZero() && !n.deadline.After(m.now) }
	want := m.n.all(due)
	var last time.Time
	for range want {
		e, code := m.h.PopExpired(m.now)
		if e == nil {
			rt.Fatalf("%d timers did not expire", len(m.n.all(due)))
		}
		n := m.n.find(e.PoolHandle(), e.ID())
		if !due(n) || n.code != code || n.deadline.Before(last) {
			rt.Fatalf("timer %d of %v expired, deadline %v", code, e.ID(), n.deadline)
		}
		last = n.deadline
		n.deadline, n.code = time.Time{}, 0
	}
	if e, _ := m.h.PopExpired(m.now); e != nil {
		rt.Fatalf("timer of %v expired", e.ID())
	}
}

// tableReader reads a handle table while the handlespace changes.
type tableReader struct {
	reading bool
	cursor  Cursor
	owner   wire.ServerID
	always  map[*Element]bool // the elements that were there from the start
	got     map[*Element]bool
}

// left notes that an element is not in the table all the time.
func (t *tableReader) left(e *Element) {
	delete(t.always, e)
	delete(t.got, e)
}

func (m *machine) extract(rt *rapid.T) {
	t := &m.table
	if !t.reading {
		owner := rapid.SampledFrom(modelOwners).Draw(rt, "owner")
		*t = tableReader{
			reading: true, cursor: TableOf(owner), owner: owner,
			always: map[*Element]bool{}, got: map[*Element]bool{},
		}
		for _, n := range m.n.all(func(n *naiveElement) bool { return owner == 0 || n.pe.HomeID == owner }) {
			t.always[m.h.Find(n.pool.handle, n.pe.ID)] = true
		}
	}
	before := t.cursor
	max := rapid.IntRange(0, 4).Draw(rt, "block")
	list, next, more := m.h.Extract(before, max, nil)
	if len(list) > max || more && len(list) < max {
		rt.Fatalf("block of %d, more %v", len(list), more)
	}
	if fit := rapid.IntRange(0, 4).Draw(rt, "fit"); fit < len(list) {
		list, next, more = list[:fit], before, true
		if fit > 0 {
			next = m.h.Behind(before, list[fit-1])
		}
	}
	t.cursor = next
	for _, e := range list {
		if t.got[e] {
			rt.Fatalf("%v came twice", e.ID())
		}
		if t.owner != 0 && e.HomeID() != t.owner {
			rt.Fatalf("%v is not in the table", e.ID())
		}
		t.got[e] = true
	}
	if more {
		return
	}
	t.reading = false
	for e := range t.always {
		if !t.got[e] {
			rt.Fatalf("%v is missing", e.ID())
		}
	}
}

// check compares all observable state, and checks the indexes.
func (m *machine) check(rt *rapid.T) {
	m.changes = nil
	checkIndexes(rt, m.h)
	var earliest time.Time
	sums, owned := map[wire.ServerID]wire.PEChecksum{}, map[wire.ServerID]int{}
	total := 0
	pools := slices.Collect(m.h.pools.all)
	if len(pools) != len(m.n.pools) || m.h.NumPools() != len(pools) {
		rt.Fatalf("%d pools, want %d", len(pools), len(m.n.pools))
	}
	for i, p := range pools {
		want := m.n.pools[i]
		got := slices.Collect(p.members.all)
		if p != m.h.Pool(want.handle) || p.policy.typ != want.typ || len(got) != len(want.members) {
			rt.Fatalf("pool %v has %d elements; want %v with %d", p.handle, len(got), want.handle, len(want.members))
		}
		for j, e := range got {
			n := want.members[j]
			m.checkElement(rt, e, n)
			sums[n.pe.HomeID] = sums[n.pe.HomeID].Add(wire.SumPE(want.handle, n.pe.ID))
			owned[n.pe.HomeID]++
			total++
			if !n.deadline.IsZero() && (earliest.IsZero() || n.deadline.Before(earliest)) {
				earliest = n.deadline
			}
		}
	}
	if m.h.Len() != total || len(slices.Collect(m.h.Elements())) != total {
		rt.Fatalf("%d elements, want %d", m.h.Len(), total)
	}
	for _, id := range modelOwners[1:] {
		if m.h.Checksum(id) != sums[id] || m.h.Owned(id) != owned[id] {
			rt.Fatalf("%v has %d elements with sum %x, want %d with %x", id, m.h.Owned(id), m.h.Checksum(id), owned[id], sums[id])
		}
	}
	if got := m.h.NextDeadline(); !got.Equal(earliest) {
		rt.Fatalf("next deadline %v, want %v", got, earliest)
	}
}

func (m *machine) checkElement(rt *rapid.T, e *Element, n *naiveElement) {
	if e != m.h.Find(n.pool.handle, n.pe.ID) || e.ID() != n.pe.ID {
		rt.Fatalf("%v instead of %v", e.ID(), n.pe.ID)
	}
	if e.HomeID() != n.pe.HomeID || e.Association() != n.assoc || e.RenewedSince(m.mark) == n.stale || e.Timer() != n.code {
		rt.Fatalf("%v: home %v, association %d, renewed %v, timer %d", e.ID(), e.HomeID(), e.Association(), e.RenewedSince(m.mark), e.Timer())
	}
	full, _ := n.pe.AppendBinary(nil)
	if got := e.AppendWithASAP([]byte("x")); !bytes.Equal(got[1:], full) {
		rt.Fatalf("encoded %x, want %x", got[1:], full)
	}
	short := n.pe
	short.ASAPTransport = nil
	user, _ := short.AppendBinary(nil)
	if !bytes.Equal(e.Encoded(), user) {
		rt.Fatalf("encoded %x, want %x", e.Encoded(), user)
	}
	if got := decode(rt, e); !reflect.DeepEqual(got, n.pe) {
		rt.Fatalf("got %+v, want %+v", got, n.pe)
	}
}
