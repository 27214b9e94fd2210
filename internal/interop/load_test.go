package interop

import (
	"fmt"
	"strings"
	"testing"
)

// TestLoadChange gives a session to one of two idle elements, the next to the other one, and
// has that end again: the third session must go where the second was. So it is for each of
// several policies. The element of the reference offers its scripting service, each
// session of which takes half of the load. None of our services has a load, so ours is
// loadserver, which does the same by our library.
func TestLoadChange(t *testing.T) {
	mixes(t, allRoles, func(s *stage, who []side) {
		// The reference's element tells a change of its load when the next keep-alive comes.
		s.registrar(who[0], 1, "-endpointkeepalivetransmissioninterval=500")
		pools := []*loadPool{{policy: "LeastUsed"}, {policy: "LeastUsedDegradation:0.25"}, {policy: "PriorityLeastUsed:0.1"}}
		for i, p := range pools {
			p.handle, p.loads = fmt.Sprint("Load", i), make(map[string]string)
			for j := range 2 {
				id := fmt.Sprintf("0000%02x%02x", i+1, j+1)
				s.loadElement(who[1], 2+2*j, p.handle, id, p.policy)
				p.loads[id] = idle
			}
		}
		s.followLoad(who[2], pools)
	})
}

// A loadPool is a pool of two elements, with the loads that they are to have.
type loadPool struct {
	policy, handle string
	loads          map[string]string
	first, second  string // The elements that got the first and the second session.
	user           *process
}

// What hsdump shows of the loads.
const (
	idle = " l=0.000%"
	half = " l=50.000%"
)

// loadElement starts a pool element to which each session adds half of its load.
func (s *stage) loadElement(who side, host int, pool, id, policy string) {
	s.t.Helper()
	args := append(at(1), "-poolhandle="+pool, "-identifier=0x"+id, "-policy="+policy)
	if who == ours {
		s.start(ours, host, "element"+id, "loadserver", append(args[:1], args[2:]...)...).await(`registered`)
		return
	}
	s.element(reference, host, "element"+id, append(args, "-scripting", "-ssmaxthreads=2", "-sstransmittimeout=300000", "-cspserver=10.99.0.7:2960", "-cspinterval=500")...)
}

// session opens a session in a pool, and returns the identifier of its element.
func (s *stage) session(who side, p *loadPool, n int) string {
	s.t.Helper()
	p.user = s.terminal(who, 3, fmt.Sprint(p.handle, "user", n), append(at(1), "-poolhandle="+p.handle)...)
	return p.user.await(`from PE (?:\$|0x)([0-9a-f]+)> `)[1]
}

// followLoad opens sessions in pools of two idle elements.
func (s *stage) followLoad(who side, pools []*loadPool) {
	s.t.Helper()
	for _, p := range pools {
		p.first = s.session(who, p, 1)
		p.loads[p.first] = half
	}
	s.awaitLoads(pools)
	for _, p := range pools {
		if p.second = s.session(who, p, 2); p.second == p.first {
			s.t.Errorf("%s: element %s has the second session too", p.policy, p.first)
		}
		p.loads[p.second] = half
	}
	s.awaitLoads(pools)
	for _, p := range pools {
		p.user.stop()
		p.loads[p.second] = idle
	}
	s.awaitLoads(pools)
	for _, p := range pools {
		if third := s.session(who, p, 3); third != p.second {
			s.t.Errorf("%s: element %s, which has a session, has the third one", p.policy, third)
		}
		p.loads[p.second] = half
	}
	s.awaitLoads(pools)
}

// awaitLoads waits until the registrar knows the loads of all elements.
func (s *stage) awaitLoads(pools []*loadPool) {
	s.t.Helper()
	s.awaitTable(1, "the elements with their loads", func(m map[string]entry) bool {
		for _, p := range pools {
			for id, load := range p.loads {
				if !strings.Contains(m[id].values, load) {
					return false
				}
			}
		}
		return true
	})
}
