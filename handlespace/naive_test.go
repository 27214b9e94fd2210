package handlespace

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

// naive is a handlespace of plain slices, written from the documentation of Handlespace,
// for comparison.
type naive struct {
	maxIncrement int
	pools        []*naivePool
	rnd          *rand.Rand
}

type naivePool struct {
	handle  wire.PoolHandle
	typ     wire.PolicyType
	members []*naiveElement // in order of first registration
	turn    int
	now     shareTime // for WeightedRoundRobin
}

type naiveElement struct {
	pool     *naivePool
	pe       wire.PoolElement
	assoc    Association
	turn     int // of its last use or registration
	selected uint64
	deadline time.Time // zero: no timer
	code     TimerCode
	stale    bool // not renewed since the last mark
}

func (n *naive) pool(handle wire.PoolHandle) *naivePool {
	for _, p := range n.pools {
		if p.handle == handle {
			return p
		}
	}
	return nil
}

func (n *naive) find(handle wire.PoolHandle, id wire.PEID) *naiveElement {
	if p := n.pool(handle); p != nil {
		for _, e := range p.members {
			if e.pe.ID == id {
				return e
			}
		}
	}
	return nil
}

// all returns the elements that a condition holds for, pool by pool.
func (n *naive) all(cond func(*naiveElement) bool) []*naiveElement {
	var out []*naiveElement
	for _, p := range n.pools {
		for _, e := range p.members {
			if cond(e) {
				out = append(out, e)
			}
		}
	}
	return out
}

// register returns the code of the error cause, or 0.
func (n *naive) register(handle wire.PoolHandle, pe wire.PoolElement, a Association) wire.CauseCode {
	p := n.pool(handle)
	switch {
	case len(handle) == 0 || len(handle) > 32, !pe.Policy.Type.Known(), pe.ID == 0:
		return wire.CauseInvalidValues
	case p != nil && p.members[0].pe.UserTransport.Protocol != pe.UserTransport.Protocol:
		return wire.CauseInconsistentTransport
	case pe.UserTransport.Port == 0:
		return wire.CauseInvalidValues
	case p != nil && p.members[0].pe.UserTransport.Use != pe.UserTransport.Use:
		return wire.CauseInconsistentDataControl
	case p != nil && p.typ != pe.Policy.Type:
		return wire.CauseInconsistentPolicy
	}
	if p == nil {
		p = &naivePool{handle: handle, typ: pe.Policy.Type}
		n.pools = append(n.pools, p)
	}
	if e := n.find(handle, pe.ID); e != nil {
		if p.typ == wire.WeightedRoundRobin && e.weight() != max(1, uint64(pe.Policy.Weight)) {
			e.turn = p.nextShareTurn()
		}
		e.pe, e.assoc, e.stale, e.selected = pe, a, false, 0
		return 0
	}
	p.turn++
	p.members = append(p.members, &naiveElement{pool: p, pe: pe, assoc: a, turn: p.turn})
	return 0
}

func (n *naive) remove(e *naiveElement) {
	p := e.pool
	p.members = slices.DeleteFunc(p.members, func(f *naiveElement) bool { return e == f })
	if len(p.members) == 0 {
		n.pools = slices.DeleteFunc(n.pools, func(q *naivePool) bool { return p == q })
	}
}

// resolve returns the identifiers of the selected elements.
func (n *naive) resolve(handle wire.PoolHandle, want int) []uint32 {
	p := n.pool(handle)
	if p == nil {
		return nil
	}
	var list []*naiveElement
	switch p.typ {
	case wire.Random, wire.WeightedRandom, wire.RandomizedLeastUsed, wire.RandomizedPriorityLeastUsed,
		wire.RandomizedLeastUsedDegradation, wire.RandomizedPriorityLeastUsedDegradation, wire.WeightedRandomDPF:
		list = n.draw(p, want)
	case wire.WeightedRoundRobin:
		list = p.share(want)
	default:
		list = slices.Clone(p.members)
		slices.SortFunc(list, func(a, b *naiveElement) int {
			return cmp.Or(cmp.Compare(a.rank(), b.rank()), a.turn-b.turn)
		})
		list = list[:min(want, len(list))]
		for _, e := range list[:min(len(list), max(1, n.maxIncrement))] {
			p.turn++
			e.turn = p.turn
			e.selected++
		}
	}
	out := make([]uint32, len(list))
	for i, e := range list {
		out[i] = uint32(e.pe.ID)
	}
	return out
}

// rank is the number that sorted policies compare; the lowest rank is selected.
func (e *naiveElement) rank() uint64 {
	p := &e.pe.Policy
	sum := uint64(0)
	switch p.Type {
	case wire.RoundRobin:
		return 0
	case wire.Priority:
		return ^uint64(p.Priority)
	case wire.LeastUsed, wire.LeastUsedDPF, wire.LeastUsedDegradation, wire.LeastUsedDegradationDPF:
		sum = uint64(p.Load)
	default:
		sum = uint64(p.Load) + uint64(p.LoadDegradation)
	}
	sum = min(sum, wire.FullLoad)
	switch p.Type {
	case wire.LeastUsedDPF, wire.LeastUsedDegradationDPF, wire.PriorityLeastUsedDPF, wire.PriorityLeastUsedDegradationDPF:
		sum = min(sum+uint64(p.Distance)*uint64(p.LoadDPF), wire.FullLoad)
	}
	switch p.Type {
	case wire.LeastUsedDegradation, wire.PriorityLeastUsedDegradation, wire.LeastUsedDegradationDPF, wire.PriorityLeastUsedDegradationDPF:
		sum = min(sum+e.selected*uint64(p.LoadDegradation), wire.FullLoad)
	}
	return sum
}

// draw draws without replacement, with the elements laid out in their order.
func (n *naive) draw(p *naivePool, want int) []*naiveElement {
	left := slices.Clone(p.members)
	var list []*naiveElement
	for len(list) < want {
		sum := uint64(0)
		for _, e := range left {
			sum += e.value()
		}
		if sum == 0 {
			break
		}
		r := n.rnd.Uint64N(sum)
		for i, e := range left {
			if r < e.value() {
				list = append(list, e)
				left = slices.Delete(left, i, i+1)
				break
			}
			r -= e.value()
		}
	}
	return list
}

func (e *naiveElement) value() uint64 {
	p := &e.pe.Policy
	switch p.Type {
	case wire.Random:
		return 1
	case wire.WeightedRandom:
		return uint64(p.Weight)
	case wire.WeightedRandomDPF:
		base, _ := rankWeightDPF(p) // Checked against exact numbers elsewhere.
		return uint64(base)
	case wire.RandomizedLeastUsed, wire.RandomizedLeastUsedDegradation:
		return max(1, wire.FullLoad-uint64(p.Load))
	}
	return max(1, wire.FullLoad-min(wire.FullLoad, uint64(p.Load)+uint64(p.LoadDegradation)))
}

// shareTime is a time of WeightedRoundRobin: the round and the place in it.
type shareTime struct{ round, place uint64 }

func (t shareTime) compare(u shareTime) int {
	return cmp.Or(cmp.Compare(t.round, u.round), cmp.Compare(t.place, u.place))
}

func (e *naiveElement) weight() uint64 { return max(1, uint64(e.pe.Policy.Weight)) }

// nextShareTurn returns the turn of an element that comes last in its class.
func (p *naivePool) nextShareTurn() int {
	p.turn++
	return p.turn
}

// share examines the next uses, and counts the first of them.
func (p *naivePool) share(want int) []*naiveElement {
	classes := map[uint64][]*naiveElement{}
	for _, e := range p.members {
		classes[e.weight()] = append(classes[e.weight()], e)
	}
	last := map[uint64]shareTime{}
	for w, members := range classes {
		slices.SortFunc(members, func(a, b *naiveElement) int { return a.turn - b.turn })
		last[w] = p.now
	}
	var list []*naiveElement
	for i := 0; i < maxAhead && len(list) < want; i++ {
		var first uint64
		var at shareTime
		for w, members := range classes {
			if t := shareAfter(last[w], w, uint64(len(members))); first == 0 || t.compare(at) < 0 {
				first, at = w, t
			}
		}
		last[first] = at
		members := classes[first]
		e := members[0]
		classes[first] = append(members[1:], e)
		if !slices.Contains(list, e) {
			list = append(list, e)
		}
		if i == 0 {
			p.now = at
			p.turn++
			e.turn = p.turn
		}
	}
	return list
}

// shareAfter returns the first time after t at which a class of n elements is due. In
// each round, the class is due weight*n times, at equal distances.
func shareAfter(t shareTime, weight, n uint64) shareTime {
	step := 1 << 63 / (weight * n)
	start := (&class{weight: uint32(weight), step: step}).start()
	count := uint64(0)
	if t.place >= start {
		count = (t.place-start)/step + 1
	}
	if count < weight*n {
		return shareTime{t.round, start + count*step}
	}
	return shareTime{t.round + 1, start}
}
