package handlespace

import (
	"iter"

	"github.com/rserpool-go/rserpool/wire"
)

// Pool is a pool of a [Handlespace]: it exists while it has elements.
type Pool struct {
	handle   wire.PoolHandle
	policy   *policy
	protocol wire.Protocol
	use      wire.TransportUse
	sum      wire.PEChecksum // of the handle alone
	order    order
	members  roster[Element]
	ids      table[Element]
	pos      int32 // in Handlespace.pools
	created  uint64
}

// Handle returns the pool's handle.
func (p *Pool) Handle() wire.PoolHandle { return p.handle }

// PolicyType returns the type of the policy, which is that of the first element.
func (p *Pool) PolicyType() wire.PolicyType { return p.policy.typ }

// Protocol returns the protocol of the user transports, which is that of the first
// element.
func (p *Pool) Protocol() wire.Protocol { return p.protocol }

// TransportUse returns the use of the user transports, which is that of the first
// element.
func (p *Pool) TransportUse() wire.TransportUse { return p.use }

// Len returns the number of elements.
func (p *Pool) Len() int { return p.members.live }

// Elements yields the elements in the order in which they were registered first.
// Elements may be registered and removed meanwhile.
func (p *Pool) Elements() iter.Seq[*Element] {
	return func(yield func(*Element) bool) { p.members.all(yield) }
}

// Find returns an element by its identifier, or nil.
func (p *Pool) Find(id wire.PEID) *Element {
	if id == 0 {
		return nil
	}
	return p.ids.get(uint64(id))
}

// EncodedPolicy returns a Pool Member Selection Policy parameter for the pool, with
// the values of its oldest element; nil if it has none any more.
func (p *Pool) EncodedPolicy() []byte {
	if e := p.members.first(); e != nil {
		return e.EncodedPolicy()
	}
	return nil
}

// newPool makes an empty pool that pe may be put into.
func (h *Handlespace) newPool(handle wire.PoolHandle, policy *policy, pe *wire.PoolElement) *Pool {
	p := &Pool{
		handle:   handle,
		policy:   policy,
		protocol: pe.UserTransport.Protocol,
		use:      pe.UserTransport.Use,
		sum:      wire.SumPE(handle, 0),
		created:  h.nextSerial(),
		ids:      newTable[Element](h.rnd),
	}
	h.equip(p)
	h.byHandle.put(p)
	p.pos = h.pools.add(p, p.created)
	return p
}

// poolParts are what a pool is made of, without its elements. Those of a pool that has
// gone are kept for the next one, up to a bound.
type poolParts struct {
	policy  *policy
	order   order
	ids     []tableEntry[Element]
	members []rosterEntry[Element]
}

// maxSpares bounds how many entries the tables have that are kept.
const maxSpares = 1 << 16

// equip gives a new pool its parts.
func (h *Handlespace) equip(p *Pool) {
	n := len(h.spares) - 1
	if n < 0 {
		p.order = p.policy.newOrder(p, h.rnd)
		return
	}
	s := h.spares[n]
	h.spares[n] = poolParts{}
	h.spares = h.spares[:n]
	h.spareLen -= len(s.ids)
	p.ids.setEntries(s.ids)
	p.members.entries = s.members
	if s.policy != p.policy {
		p.order = p.policy.newOrder(p, h.rnd)
		return
	}
	p.order = s.order
	p.order.reset(p)
}

// removePool removes a pool that has become empty.
func (h *Handlespace) removePool(p *Pool) {
	h.byHandle.remove(p)
	h.pools.remove(p.pos, placePool)
	if n := len(p.ids.entries); h.spareLen+n <= maxSpares {
		h.spareLen += n
		h.spares = append(h.spares, poolParts{p.policy, p.order, p.ids.entries, p.members.entries[:0]})
	}
	p.ids.setEntries(nil)
	p.members.entries = nil
	p.order = nil
}

func placePool(p *Pool, pos int32)      { p.pos = pos }
func placeMember(e *Element, pos int32) { e.poolPos = pos }
func placeOwned(e *Element, pos int32)  { e.ownerPos = pos }
