package handlespace

import "github.com/rserpool-go/rserpool/wire"

// Pool is a pool of a [Handlespace]. A pool exists while it has elements.
type Pool struct {
	handle   wire.PoolHandle
	policy   *policy // of the first element, as are protocol and use
	protocol wire.Protocol
	use      wire.TransportUse
	sum      wire.PEChecksum // the contribution of the handle to the sums of the elements
	order    order
	members  roster[Element]
	ids      table[Element]
	pos      int32  // in Handlespace.pools
	created  uint64 // serial in Handlespace.pools
}

// EncodedPolicy returns the Pool Member Selection Policy parameter of the pool's oldest
// element, nil after the removal of the pool.
func (p *Pool) EncodedPolicy() []byte {
	if e := p.members.first(); e != nil {
		return e.EncodedPolicy()
	}
	return nil
}

// newPool adds an empty pool with the properties of its first element pe.
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
	h.initParts(p)
	h.byHandle.put(p)
	p.pos = h.pools.add(p, p.created)
	return p
}

// poolParts is the memory of a removed pool, kept for a new pool.
type poolParts struct {
	policy  *policy
	order   order
	ids     []tableEntry[Element]
	members []rosterEntry[Element]
}

// maxSpares bounds the number of table entries in all kept parts.
const maxSpares = 1 << 16

// initParts gives a new pool its order, and the parts of a removed pool if there are any.
func (h *Handlespace) initParts(p *Pool) {
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

// removePool removes an empty pool.
func (h *Handlespace) removePool(p *Pool) {
	h.byHandle.remove(p)
	h.pools.remove(p.pos, setPos)
	if n := len(p.ids.entries); h.spareLen+n <= maxSpares {
		h.spareLen += n
		h.spares = append(h.spares, poolParts{p.policy, p.order, p.ids.entries, p.members.entries[:0]})
	}
	p.ids.setEntries(nil)
	p.members.entries = nil
	p.order = nil
}

func setPos(p *Pool, pos int32)         { p.pos = pos }
func setPoolPos(e *Element, pos int32)  { e.poolPos = pos }
func setOwnerPos(e *Element, pos int32) { e.ownerPos = pos }
