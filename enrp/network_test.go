package enrp

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// network is a few registrars that are wired to each other by queues, and their elements, in
// virtual time. It is a machine that takes networkEvents.
type network struct {
	t            testing.TB
	random       *rand.Rand
	now          time.Time
	nodes        []*node
	pipes        []*pipe
	queue        []delivery // by time
	cuts         map[[2]*node]bool
	homes        map[elementKey]*node // of the elements that are alive
	hasMulticast bool
}

// node is a registrar of a network.
type node struct {
	id      wire.ServerID
	addr    netip.AddrPort
	machine *Machine
	hs      *handlespace.Handlespace
	last    step.AssocID
	isDead  bool
}

// pipe is an association between two nodes, with its identifier on each side.
type pipe struct {
	nodes  [2]*node
	assocs [2]step.AssocID
	free   [2]time.Time // when the last message to each side has arrived
}

// delivery is an event for a node; pipe is nil if the event belongs to no association.
type delivery struct {
	at   time.Time
	to   *node
	pipe *pipe
	ev   step.Event
}

// networkEvent is something that happens in a network.
type networkEvent func(*network)

// IsEvent marks an event.
func (networkEvent) IsEvent() {}

// newNetwork returns a network of n registrars, of which each knows all addresses.
func newNetwork(t testing.TB, random *rand.Rand, n int) *network {
	w := &network{
		t: t, random: random, now: steptest.Begin,
		cuts: make(map[[2]*node]bool), homes: make(map[elementKey]*node), hasMulticast: random.IntN(2) == 0,
	}
	// Cuts last long enough for takeovers.
	config := Config{
		HeartbeatCycle: 500 * time.Millisecond, MaxTimeLastHeard: time.Second, MaxTimeNoResponse: time.Second,
		TakeoverExpiry: time.Second, TableTimeout: time.Second,
		HigherWins: random.IntN(2) == 0, MaxTableElements: random.IntN(4),
	}
	for i := range n {
		addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}), 9901)
		w.nodes = append(w.nodes, &node{id: wire.ServerID(0x100 + i), addr: addr})
		config.Peers = append(config.Peers, []netip.AddrPort{addr})
	}
	for _, node := range w.nodes {
		config.ID = node.id
		node.hs = handlespace.New(handlespace.Config{Rand: random, OnChange: func(c handlespace.Change) { node.machine.Changed(c) }})
		node.machine = New(config, node.hs, random, w.now)
		w.feed(node, step.LocalAddrs{Addrs: []netip.AddrPort{node.addr}})
	}
	return w
}

// Step takes a networkEvent or a tick.
func (w *network) Step(now time.Time, ev step.Event) []step.Action {
	w.now = now
	if happen, ok := ev.(networkEvent); ok {
		happen(w)
	}
	for len(w.queue) > 0 && !w.queue[0].at.After(now) {
		d := w.queue[0]
		w.queue = w.queue[1:]
		w.feed(d.to, d.ev)
	}
	for _, n := range w.nodes {
		if !n.isDead && !n.machine.Deadline().After(now) {
			w.feed(n, step.Tick{})
		}
	}
	return nil
}

// Deadline returns when the next delivery or tick is due.
func (w *network) Deadline() time.Time {
	var d time.Time
	if len(w.queue) > 0 {
		d = w.queue[0].at
	}
	for _, n := range w.nodes {
		if !n.isDead {
			d = step.Earlier(d, n.machine.Deadline())
		}
	}
	return d
}

// feed makes a node take an event, and carries the actions out.
func (w *network) feed(n *node, ev step.Event) {
	if n.isDead {
		return
	}
	for _, a := range n.machine.Step(w.now, ev) {
		w.do(n, a)
	}
}

// flush carries out the actions that follow from a change of a node's handlespace.
func (w *network) flush(n *node) {
	for _, a := range n.machine.Flush(w.now) {
		w.do(n, a)
	}
}

// do carries out an action of a node.
func (w *network) do(n *node, action step.Action) {
	switch a := action.(type) {
	case step.Send:
		w.send(n, a)
	case step.Multicast:
		for _, to := range w.nodes {
			if w.hasMulticast && to != n && !w.isCut(n, to) {
				w.post(delivery{w.now.Add(w.delay()), to, nil, Heard{Source: n.addr, Message: w.decode(a.Message)}})
			}
		}
	case step.Dial:
		w.dial(n, a)
	case step.Abort:
		w.end(func(p *pipe) bool { return p.side(n, a.Assoc) >= 0 })
	case Verify:
		if key := (elementKey{a.Pool, a.ID}); w.homes[key] == n {
			w.post(delivery{w.now.Add(w.delay()), n, nil, Confirmed{Pool: a.Pool, ID: a.ID}})
		} else {
			w.removeOwn(n, key)
		}
	case Adopt:
		w.adopt(n, elementKey{a.Pool, a.ID})
	}
}

// delay returns the time that a message takes.
func (w *network) delay() time.Duration {
	return time.Duration(w.random.Int64N(int64(20 * time.Millisecond)))
}

// post adds a delivery to the queue.
func (w *network) post(d delivery) {
	i, _ := slices.BinarySearchFunc(w.queue, d, func(q, d delivery) int {
		if q.at.After(d.at) {
			return 1
		}
		return -1 // Behind all earlier deliveries, and those at the same time.
	})
	w.queue = slices.Insert(w.queue, i, d)
}

// decode returns the message that the receiver gets.
func (w *network) decode(m step.Message) enrpmsg.Message {
	octets, err := m.AppendBinary(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	msg, err := enrpmsg.Parse(octets)
	if err != nil {
		w.t.Fatal(err)
	}
	return msg
}

// send sends a message in the order of the association.
func (w *network) send(n *node, a step.Send) {
	for _, p := range w.pipes {
		side := p.side(n, a.Assoc)
		if side < 0 {
			continue
		}
		at := w.now.Add(w.delay())
		if at.Before(p.free[side]) {
			at = p.free[side]
		}
		p.free[side] = at
		w.post(delivery{at, p.nodes[1-side], p, Received{Assoc: p.assocs[1-side], Message: w.decode(a.Message)}})
		return
	}
}

// side returns on which side of a pipe a node has an association, -1 for none.
func (p *pipe) side(n *node, assoc step.AssocID) int {
	for side := range p.nodes {
		if p.nodes[side] == n && p.assocs[side] == assoc {
			return side
		}
	}
	return -1
}

// dial answers a dial: by a new association, the association that is up already, or a
// failure.
func (w *network) dial(n *node, a step.Dial) {
	i := slices.IndexFunc(w.nodes, func(to *node) bool { return to != n && slices.Contains(a.Addrs, to.addr) })
	if i < 0 || w.isCut(n, w.nodes[i]) {
		w.post(delivery{w.now.Add(100 * time.Millisecond), n, nil, step.DialFailed{Dial: a.Dial}})
		return
	}
	to := w.nodes[i]
	for _, p := range w.pipes {
		for side := range p.nodes {
			if p.nodes[side] == n && p.nodes[1-side] == to {
				w.post(delivery{w.now, n, nil, step.Up{Assoc: p.assocs[side], Dial: a.Dial, Peer: []netip.AddrPort{to.addr}}})
				return
			}
		}
	}
	n.last++
	to.last++
	p := &pipe{nodes: [2]*node{n, to}, assocs: [2]step.AssocID{n.last, to.last}}
	w.pipes = append(w.pipes, p)
	w.post(delivery{w.now, n, nil, step.Up{Assoc: n.last, Dial: a.Dial, Peer: []netip.AddrPort{to.addr}}})
	w.post(delivery{w.now, to, nil, step.Up{Assoc: to.last, Peer: []netip.AddrPort{n.addr}}})
}

// end ends associations; messages on their way are lost.
func (w *network) end(matches func(*pipe) bool) {
	for _, p := range slices.Clone(w.pipes) {
		if !matches(p) {
			continue
		}
		w.pipes = slices.DeleteFunc(w.pipes, func(q *pipe) bool { return q == p })
		w.queue = slices.DeleteFunc(w.queue, func(d delivery) bool { return d.pipe == p })
		for side, n := range p.nodes {
			w.post(delivery{w.now, n, nil, step.Down{Assoc: p.assocs[side]}})
		}
	}
}

// isCut reports whether two nodes cannot reach each other.
func (w *network) isCut(a, b *node) bool {
	return a.isDead || b.isDead || w.cuts[[2]*node{a, b}] || w.cuts[[2]*node{b, a}]
}

// registerAt registers an element at a node, which becomes its home.
func (w *network) registerAt(n *node, key elementKey) {
	w.homes[key] = n
	pe := element(key.id, n.id, time.Hour)
	if _, _, err := n.hs.Register(w.now, key.pool, &pe, 1); err != nil {
		w.t.Fatal(err)
	}
	w.flush(n)
}

// removeOwn removes an element of a node, if it is the node's.
func (w *network) removeOwn(n *node, key elementKey) {
	if e := n.hs.Find(key.pool, key.id); e != nil && e.HomeID() == n.id {
		n.hs.Remove(e)
		w.flush(n)
	}
}

// adopt has an element answer its new home. An element that is gone is removed.
func (w *network) adopt(n *node, key elementKey) {
	if w.homes[key] != nil {
		w.registerAt(n, key)
	} else {
		w.removeOwn(n, key)
	}
}

// keepAlive has every node remove the elements that have found another home, or are gone, as
// an ASAP side does when they do not answer.
func (w *network) keepAlive() {
	for _, n := range w.nodes {
		for e := range n.hs.OwnedBy(n.id) {
			if key := (elementKey{e.PoolHandle(), e.ID()}); !n.isDead && w.homes[key] != n {
				w.removeOwn(n, key)
			}
		}
	}
}

// table returns the handlespace of a node, line by line.
func (n *node) table() []string {
	var lines []string
	for e := range n.hs.Elements() {
		lines = append(lines, fmt.Sprintf("%v/%d@%v", e.PoolHandle(), e.ID(), e.HomeID()))
	}
	slices.Sort(lines)
	return lines
}

// checkEqual checks that all nodes know the elements that are alive, at their homes.
func (w *network) checkEqual() {
	w.t.Helper()
	var want []string
	for key, home := range w.homes {
		want = append(want, fmt.Sprintf("%v/%d@%v", key.pool, key.id, home.id))
	}
	slices.Sort(want)
	for _, n := range w.nodes {
		if n.isDead {
			continue
		}
		if got := n.table(); !slices.Equal(got, want) {
			w.t.Errorf("registrar %v: %v, want %v", n.id, got, want)
		}
		for _, other := range w.nodes {
			if p := n.machine.peers.find(other.id); other != n && (p != nil && p.isReachable()) == other.isDead {
				w.t.Errorf("registrar %v: peer %v, dead: %v, %+v", n.id, other.id, other.isDead, p)
			}
		}
	}
}

// chooseEvent chooses an event.
func (w *network) chooseEvent() step.Event {
	key := elementKey{steptest.Pick[wire.PoolHandle](w.random, "p", "q"), wire.PEID(1 + w.random.IntN(8))}
	n, other := steptest.Pick(w.random, w.nodes...), steptest.Pick(w.random, w.nodes...)
	return networkEvent(func(w *network) {
		switch w.random.IntN(10) {
		default: // An element registers, at its home or elsewhere.
			if !n.isDead {
				w.registerAt(n, key)
			}
		case 0, 1:
			if home := w.homes[key]; home != nil && !home.isDead {
				delete(w.homes, key)
				w.removeOwn(home, key)
			}
		case 2:
			w.cuts[[2]*node{n, other}] = true
			w.end(func(p *pipe) bool { return w.isCut(p.nodes[0], p.nodes[1]) })
		case 3:
			clear(w.cuts)
		case 4:
			w.end(func(p *pipe) bool { return slices.Contains(p.nodes[:], n) })
		}
	})
}

// kill ends a node without a word.
func (w *network) kill(n *node) {
	n.isDead = true
	w.queue = slices.DeleteFunc(w.queue, func(d delivery) bool { return d.to == n })
	w.end(func(p *pipe) bool { return slices.Contains(p.nodes[:], n) })
}

// drive makes random events happen, and waits until the network is quiet.
func (w *network) drive(events int) *steptest.Driver {
	d := &steptest.Driver{T: w.t, Random: w.random, Now: w.now, Machine: w, Act: func(step.Action) {}}
	d.Drive(events, w.chooseEvent)
	d.Feed(networkEvent(func(w *network) { clear(w.cuts) }))
	w.calm(d)
	return d
}

// calm waits until the network is quiet.
func (w *network) calm(d *steptest.Driver) {
	for range 3 {
		d.Feed(networkEvent((*network).keepAlive))
		d.Pass(20 * time.Second)
	}
}

// Two registrars have the same handlespace when the network has been quiet for a while,
// whatever messages were lost before.
func TestTwoRegistrarsAgree(t *testing.T) {
	var takeovers uint64
	steptest.RunSeeds(t, func(t *testing.T, random *rand.Rand) {
		w := newNetwork(t, random, 2)
		w.drive(60)
		w.checkEqual()
		takeovers += w.nodes[0].machine.Counts().Takeovers
	})
	if takeovers < 20 {
		t.Errorf("only %d takeovers", takeovers)
	}
}

// The same holds for three registrars, and after the death of one: the others take its
// elements over.
func TestThreeRegistrarsAgree(t *testing.T) {
	steptest.RunSeeds(t, func(t *testing.T, random *rand.Rand) {
		w := newNetwork(t, random, 3)
		d := w.drive(60)
		w.checkEqual()
		victim := w.nodes[random.IntN(3)]
		alive := len(w.homes)
		d.Feed(networkEvent(func(w *network) { w.kill(victim) }))
		w.calm(d)
		w.checkEqual()
		if len(w.homes) != alive || slices.Contains(slices.Collect(maps.Values(w.homes)), victim) {
			t.Errorf("%d elements of %d, some of them with a dead home", len(w.homes), alive)
		}
	})
}
