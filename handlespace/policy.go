package handlespace

import (
	"math/bits"
	"math/rand/v2"

	"github.com/rserpool-go/rserpool/wire"
)

// policy is a pool member selection policy. To add one, write its rank function and a
// row of the table below; what types and fields it has on the wire is in package
// wire.
type policy struct {
	typ wire.PolicyType
	// newOrder makes the order of the pool's elements, which does the selection.
	newOrder func(*Pool, *rand.Rand) order
	// rank computes from an element's policy parameter the two numbers that the
	// order goes by; see there what they mean.
	rank func(*wire.Policy) (base, step uint32)
}

// order selects elements of a pool. Elements are handed to add when they are members
// of the pool, and to remove while they still are.
type order interface {
	// add takes a new element with the base and step set, as the one used last.
	add(e *Element)
	remove(e *Element)
	// update gives an element another base or step.
	update(e *Element, base, step uint32)
	// pick appends n different elements to dst, or fewer if not so many can be
	// used, and counts the first used of them as used. n is from 1 to the number
	// of elements, used from 0 to n.
	pick(n, used int, dst []*Element) []*Element
	// reset makes an order of which all elements were removed serve another pool.
	reset(p *Pool)
}

// policies has all policies. In a ring, base and step have no meaning. Shares go by
// the weight in base. The sorted order selects the least base, to which each use adds
// the step. A draw has the base for a probability.
var policies = [...]policy{
	{wire.RoundRobin, newRing, unranked},
	{wire.WeightedRoundRobin, newShares, weight},
	{wire.Random, newDraw, equal},
	{wire.WeightedRandom, newDraw, weight},
	{wire.Priority, newSorted, priority},
	{wire.LeastUsed, newSorted, load},
	{wire.LeastUsedDegradation, newSorted, loadDegrading},
	{wire.PriorityLeastUsed, newSorted, nextLoad},
	{wire.RandomizedLeastUsed, newDraw, unload(load)},
	{wire.RandomizedPriorityLeastUsed, newDraw, unload(nextLoad)},
	// The deployed implementation never counts a degradation for the randomised
	// policies, and there is no text that asks for it.
	{wire.RandomizedLeastUsedDegradation, newDraw, unload(load)},
	{wire.RandomizedPriorityLeastUsedDegradation, newDraw, unload(nextLoad)},
	{wire.PriorityLeastUsedDegradation, newSorted, nextLoadDegrading},
	{wire.WeightedRandomDPF, newDraw, nearWeight},
	{wire.LeastUsedDPF, newSorted, farLoad(load)},
	{wire.LeastUsedDegradationDPF, newSorted, farLoad(loadDegrading)},
	{wire.PriorityLeastUsedDPF, newSorted, farLoad(nextLoad)},
	{wire.PriorityLeastUsedDegradationDPF, newSorted, farLoad(nextLoadDegrading)},
}

// policyOf returns the policy of a type, or nil.
func policyOf(t wire.PolicyType) *policy {
	for i := range policies {
		if policies[i].typ == t {
			return &policies[i]
		}
	}
	return nil
}

func unranked(*wire.Policy) (base, step uint32) { return 0, 0 }
func equal(*wire.Policy) (base, step uint32)    { return 1, 0 }
func weight(p *wire.Policy) (base, step uint32) { return p.Weight, 0 }

// priority puts larger numbers first (RFC 5356, 4.5).
func priority(p *wire.Policy) (base, step uint32) { return ^p.Priority, 0 }

// load is that of RFC 5356, 5.1.
func load(p *wire.Policy) (base, step uint32) { return p.Load, 0 }

// loadDegrading is that of RFC 5356, 5.2.
func loadDegrading(p *wire.Policy) (base, step uint32) { return p.Load, p.LoadDegradation }

// nextLoad is the load after one more session (RFC 5356, 5.3).
func nextLoad(p *wire.Policy) (base, step uint32) {
	return saturate(uint64(p.Load) + uint64(p.LoadDegradation)), 0
}

func nextLoadDegrading(p *wire.Policy) (base, step uint32) {
	base, _ = nextLoad(p)
	return base, p.LoadDegradation
}

// unload is the rest to full load (RFC 5356, 5.4), but at least 1 as in the deployed
// implementation: when all elements are full, one is still selected.
func unload(rank func(*wire.Policy) (base, step uint32)) func(*wire.Policy) (base, step uint32) {
	return func(p *wire.Policy) (base, step uint32) {
		base, _ = rank(p)
		return max(1, wire.FullLoad-base), 0
	}
}

// farLoad adds to the base what the distance costs.
func farLoad(rank func(*wire.Policy) (base, step uint32)) func(*wire.Policy) (base, step uint32) {
	return func(p *wire.Policy) (uint32, uint32) {
		base, step := rank(p)
		// The product is below 2^64 - 2^32, so there is no overflow.
		return saturate(uint64(base) + uint64(p.Distance)*uint64(p.LoadDPF)), step
	}
}

// nearWeight takes off the weight what the distance costs, rounded to the nearest.
// Below 0 the deployed implementation makes it 1.
func nearWeight(p *wire.Policy) (base, step uint32) {
	hi, lo := bits.Mul64(uint64(p.Distance)*uint64(p.WeightDPF), uint64(p.Weight))
	lo, carry := bits.Add64(lo, wire.FullLoad/2, 0)
	if hi += carry; hi >= wire.FullLoad {
		return 1, 0
	}
	cost, _ := bits.Div64(hi, lo, wire.FullLoad)
	if cost > uint64(p.Weight) {
		return 1, 0
	}
	return p.Weight - uint32(cost), 0
}

// saturate limits a load to full load.
func saturate(load uint64) uint32 { return uint32(min(load, wire.FullLoad)) }
