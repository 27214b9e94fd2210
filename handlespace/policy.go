package handlespace

import (
	"math/bits"
	"math/rand/v2"

	"github.com/rserpool-go/rserpool/wire"
)

// policy is a pool member selection policy. A new policy needs a rank function and a row
// in the table of policies; package wire defines its type and fields.
type policy struct {
	typ wire.PolicyType
	// newOrder makes the order of a pool's elements, which selects them.
	newOrder func(*Pool, *rand.Rand) order
	rank     rankFunc
}

// rankFunc computes base and step of an element from its policy parameter. Their meaning
// depends on the order:
//
//   - ring: none
//   - shares: base is the weight
//   - sorted: the element with the least base comes first, and each use adds step
//   - draw: the probability of an element is proportional to base
type rankFunc func(*wire.Policy) (base, step uint32)

// order selects elements of a pool. An element is a member of the pool during the calls
// of add and remove.
type order interface {
	// add adds a new element with its base and step, as the last used element.
	add(e *Element)
	remove(e *Element)
	// update gives an element another base or step.
	update(e *Element, base, step uint32)
	// pick appends n different elements to dst, or fewer if fewer are selectable. The
	// first used of them count as used. n is between 1 and the number of elements,
	// used between 0 and n.
	pick(n, used int, dst []*Element) []*Element
	// reset prepares an order without elements for another pool.
	reset(p *Pool)
}

// policies is the table of all policies.
var policies = [...]policy{
	{wire.RoundRobin, newRing, rankNone},
	{wire.WeightedRoundRobin, newShares, rankWeight},
	{wire.Random, newDraw, rankEqual},
	{wire.WeightedRandom, newDraw, rankWeight},
	{wire.Priority, newSorted, rankPriority},
	{wire.LeastUsed, newSorted, rankLoad},
	{wire.LeastUsedDegradation, newSorted, rankLoadDegradation},
	{wire.PriorityLeastUsed, newSorted, rankNextLoad},
	{wire.RandomizedLeastUsed, newDraw, rankUnload(rankLoad)},
	{wire.RandomizedPriorityLeastUsed, newDraw, rankUnload(rankNextLoad)},
	// RSPLIB counts no degradation for the randomized policies, and no RFC asks for it.
	{wire.RandomizedLeastUsedDegradation, newDraw, rankUnload(rankLoad)},
	{wire.RandomizedPriorityLeastUsedDegradation, newDraw, rankUnload(rankNextLoad)},
	{wire.PriorityLeastUsedDegradation, newSorted, rankNextLoadDegradation},
	{wire.WeightedRandomDPF, newDraw, rankWeightDPF},
	{wire.LeastUsedDPF, newSorted, rankDPF(rankLoad)},
	{wire.LeastUsedDegradationDPF, newSorted, rankDPF(rankLoadDegradation)},
	{wire.PriorityLeastUsedDPF, newSorted, rankDPF(rankNextLoad)},
	{wire.PriorityLeastUsedDegradationDPF, newSorted, rankDPF(rankNextLoadDegradation)},
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

func rankNone(*wire.Policy) (base, step uint32)     { return 0, 0 }
func rankEqual(*wire.Policy) (base, step uint32)    { return 1, 0 }
func rankWeight(p *wire.Policy) (base, step uint32) { return p.Weight, 0 }

// rankPriority puts elements with larger numbers first (RFC 5356, 4.5).
func rankPriority(p *wire.Policy) (base, step uint32) { return ^p.Priority, 0 }

// rankLoad ranks by the load (RFC 5356, 5.1).
func rankLoad(p *wire.Policy) (base, step uint32) { return p.Load, 0 }

// rankLoadDegradation ranks by the load, which each use increases (RFC 5356, 5.2).
func rankLoadDegradation(p *wire.Policy) (base, step uint32) { return p.Load, p.LoadDegradation }

// rankNextLoad ranks by the load after one more session (RFC 5356, 5.3).
func rankNextLoad(p *wire.Policy) (base, step uint32) {
	return saturate(uint64(p.Load) + uint64(p.LoadDegradation)), 0
}

// rankNextLoadDegradation is rankNextLoad with a load that each use increases.
func rankNextLoadDegradation(p *wire.Policy) (base, step uint32) {
	base, _ = rankNextLoad(p)
	return base, p.LoadDegradation
}

// rankUnload ranks by the difference between full load and the base of another rank
// function (RFC 5356, 5.4). The difference is at least 1, as in RSPLIB: if all elements
// are full, each of them is still selectable.
func rankUnload(rank rankFunc) rankFunc {
	return func(p *wire.Policy) (base, step uint32) {
		base, _ = rank(p)
		return max(1, wire.FullLoad-base), 0
	}
}

// rankDPF adds the distance times the load DPF to the base of another rank function.
func rankDPF(rank rankFunc) rankFunc {
	return func(p *wire.Policy) (uint32, uint32) {
		base, step := rank(p)
		// The product is less than 2^64 - 2^32, so the sum does not overflow.
		return saturate(uint64(base) + uint64(p.Distance)*uint64(p.LoadDPF)), step
	}
}

// rankWeightDPF reduces the weight by distance * weight DPF * weight / full load, rounded
// to the nearest integer. A negative result counts as 1, as in RSPLIB.
func rankWeightDPF(p *wire.Policy) (base, step uint32) {
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
