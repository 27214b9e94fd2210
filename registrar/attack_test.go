package registrar_test

import (
	"context"
	"errors"
	"maps"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// The registrar, its peer and the attackers are on hosts of their own, and the honest
// on another, which is loopback.
var (
	serverAddr = netip.MustParseAddr("127.0.0.3")
	peerAddr   = netip.MustParseAddr("127.0.0.4")
	elsewhere  = netip.MustParseAddr("127.0.0.2")
)

const (
	ourPool   wire.PoolHandle = "our pool"   // of elements at the registrar that is attacked
	theirPool wire.PoolHandle = "their pool" // of elements at its peer
)

// An attacked registrar has an honest peer, and both have honest elements and users.
type attacked struct {
	t        *testing.T
	server   *registrar.Server
	peer     *registrar.Server
	elements []*link
	user     *link
}

const (
	honestElements = 10
	firstOfOurs    = 1
	firstOfTheirs  = 101
)

func newAttacked(t *testing.T, group netip.AddrPort) *attacked {
	t.Helper()
	calm := func(c *registrar.Config) {
		c.ASAP.Addrs = []netip.Addr{serverAddr}
		c.Elements.KeepAliveInterval = time.Hour // Elements are asked when there is reason to.
		c.Elements.MaxBadReports = 1 << 16       // Else three liars would suffice (RFC 5352, 3.5).
		c.Peers.HeartbeatCycle = 200 * time.Millisecond
		c.Peers.MaxTimeLastHeard = time.Second
		c.Peers.MaxTimeNoResponse = time.Second
		c.Peers.MentorDiscovery = 100 * time.Millisecond
		c.Peers.TableTimeout = time.Second
		c.Peers.TakeoverExpiry = time.Second
		if group.IsValid() {
			c.Network = udpsctp.NewNetwork(udpsctp.Config{Interfaces: []string{"lo"}})
			c.Presence = transport.GroupConfig{Addr: group}
		}
	}
	a := &attacked{t: t}
	a.peer = start(t, func(c *registrar.Config) {
		calm(c)
		c.ASAP.Addrs = []netip.Addr{peerAddr}
	})
	a.server = start(t, func(c *registrar.Config) {
		calm(c)
		c.Peers.Static = [][]netip.AddrPort{a.peer.ENRPAddrs()}
	})
	a.user = asASAP(t, a.server)
	for i := range wire.PEID(honestElements) {
		a.addElement(a.server, ourPool, firstOfOurs+i)
		a.addElement(a.peer, theirPool, firstOfTheirs+i)
	}
	a.awaitUnchanged()
	return a
}

// addElement registers an element that answers keep-alives for as long as it is asked.
func (a *attacked) addElement(at *registrar.Server, pool wire.PoolHandle, id wire.PEID) {
	a.t.Helper()
	l := asASAP(a.t, at)
	if r := l.register(pool, id); r.Reject {
		a.t.Fatal(r.Causes)
	}
	a.elements = append(a.elements, l)
	ack := encode(a.t, &asapmsg.EndpointKeepAliveAck{PoolHandle: pool, PEID: id})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			m, err := l.assoc.Receive(a.t.Context())
			if err != nil {
				return
			}
			if asapmsg.Type(m.Data[0]) == asapmsg.TypeEndpointKeepAlive {
				_ = l.send(ack)
			}
		}
	})
	a.t.Cleanup(wg.Wait)
}

// holds returns the elements of a pool with their homes, as a user gets them.
func (a *attacked) holds(pool wire.PoolHandle) map[wire.PEID]wire.ServerID {
	a.t.Helper()
	held := make(map[wire.PEID]wire.ServerID)
	for _, pe := range a.user.resolve(pool).PoolElements {
		held[pe.ID] = pe.HomeID
	}
	return held
}

// want returns what a pool has to have.
func want(first wire.PEID, home *registrar.Server) map[wire.PEID]wire.ServerID {
	m := make(map[wire.PEID]wire.ServerID)
	for i := range wire.PEID(honestElements) {
		m[first+i] = home.ID()
	}
	return m
}

// isUnchanged reports whether the registrar has what the honest have registered, and
// nothing else.
func (a *attacked) isUnchanged() bool {
	a.t.Helper()
	return maps.Equal(a.holds(ourPool), want(firstOfOurs, a.server)) &&
		maps.Equal(a.holds(theirPool), want(firstOfTheirs, a.peer)) &&
		stats(a.t, a.server).Elements == 2*honestElements
}

// awaitUnchanged waits until all that attackers had a right to is over.
func (a *attacked) awaitUnchanged() {
	a.t.Helper()
	await(a.t, 2*time.Minute, "the registrar has what the honest have registered, and nothing else", a.isUnchanged)
}

// checkService fails if an honest element is missing from what an honest user gets.
func (a *attacked) checkService() {
	a.t.Helper()
	held := a.holds(ourPool)
	for id := range want(firstOfOurs, a.server) {
		if _, there := held[id]; !there {
			a.t.Errorf("element %v is missing", id)
		}
	}
}

// attack sends n messages over an association, and has the honest user look meanwhile.
// What comes back is read, but of no interest.
func (a *attacked) attack(ppid uint32, addrs []netip.AddrPort, n int, next func(local netip.AddrPort) []byte) {
	a.t.Helper()
	endpoint, err := udpsctp.NewNetwork(udpsctp.Config{}).Listen(a.t.Context(), transport.ListenConfig{Addrs: []netip.Addr{elsewhere}})
	if err != nil {
		a.t.Fatal(err)
	}
	defer endpoint.Close()
	local := endpoint.LocalAddrs()[0]
	var l *link
	associations := 0
	var readers sync.WaitGroup
	defer readers.Wait()
	for i := range n {
		if l == nil {
			assoc, err := endpoint.Dial(a.t.Context(), addrs)
			if err != nil {
				a.t.Fatalf("after %d messages: %v", i, err)
			}
			associations++
			l = &link{t: a.t, ppid: ppid, assoc: assoc}
			readers.Go(func() {
				for {
					if _, err := assoc.Receive(context.Background()); err != nil {
						return
					}
				}
			})
		}
		if err := l.send(next(local)); err != nil {
			if _, down := errors.AsType[*transport.DownError](err); !down || strings.Contains(err.Error(), "internal error") {
				a.t.Fatalf("after %d messages: %v", i, err)
			}
			l = nil // A bad peer may lose its association.
		}
		if i%1000 == 0 {
			a.checkService()
		}
	}
	if l != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = l.assoc.Shutdown(ctx) // All has arrived, or the association is lost.
	}
	_ = endpoint.Close()
	a.t.Logf("%d messages over %d associations: %+v", n, associations, stats(a.t, a.server))
}

// heap returns how much memory is in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// maxGrowth is how much more memory may be in use after an attack.
const maxGrowth = 32 << 20

// checkBounded runs an attack, and checks that it leaves nothing behind.
func (a *attacked) checkBounded(attack func()) {
	a.t.Helper()
	before := heap()
	attack()
	a.checkService()
	a.awaitUnchanged()
	if after := heap(); after > before+maxGrowth {
		a.t.Errorf("%d octets of memory in use, %d before", after, before)
	}
}
