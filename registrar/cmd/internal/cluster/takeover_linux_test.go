package cluster_test

import (
	"slices"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

const perRegistrar = 10

// A cluster is registrars that know each other, with elements and users.
type cluster struct {
	t       *testing.T
	running []*process
	watches []*watch // one for each
	ids     []wire.PEID
}

// newCluster starts n registrars with elements each, and waits until all know all.
func newCluster(t *testing.T, n int) *cluster {
	t.Helper()
	if testing.Short() {
		t.Skip("runs processes for seconds")
	}
	t.Parallel()
	c := &cluster{t: t}
	for i := range n {
		c.running = append(c.running, newProcess(t, loopback, wire.ServerID(0x100+i)))
	}
	for _, p := range c.running {
		p.start(static(c.running)...)
		c.watches = append(c.watches, startWatch(t, p))
	}
	for _, p := range c.running {
		c.ids = append(c.ids, addElements(t, perRegistrar, loopback, p)...)
	}
	took := awaitAll(t, c.watches, 40*time.Second, c.ids, c.running...)
	t.Logf("%d registrars agreed on %d elements after %v", n, len(c.ids), took.Round(time.Millisecond))
	for _, w := range c.watches {
		w.expect(c.ids)
	}
	t.Cleanup(func() {
		for _, w := range c.watches {
			w.expect(nil) // The elements take their leave.
		}
	})
	return c
}

// remove takes a registrar off the list, and ends its watch.
func (c *cluster) remove(i int) *process {
	p := c.running[i]
	c.watches[i].stop()
	c.watches[i].done.Wait()
	c.running = slices.Delete(slices.Clone(c.running), i, i+1)
	c.watches = slices.Delete(c.watches, i, i+1)
	return p
}

// awaitTakeover waits until those that run have all elements as their own.
func (c *cluster) awaitTakeover(limit time.Duration) {
	c.t.Helper()
	took := awaitAll(c.t, c.watches, limit, c.ids, c.running...)
	c.t.Logf("%d left: all elements taken over after %v", len(c.running), took.Round(time.Millisecond))
	settle(c.t, c.watches)
	awaitAll(c.t, c.watches, limit, c.ids, c.running...)
}

func TestKillOneOfThree(t *testing.T) {
	for i, name := range []string{"lowest", "middle", "highest"} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t, 3)
			c.remove(i).kill()
			c.awaitTakeover(20 * time.Second)
		})
	}
}

func TestKillTwoOfThree(t *testing.T) {
	c := newCluster(t, 3)
	a, b := c.remove(2), c.remove(0)
	a.kill()
	b.kill()
	c.awaitTakeover(20 * time.Second)
}

// One after the other, until one is left.
func TestKillInTurn(t *testing.T) {
	c := newCluster(t, 3)
	c.remove(0).kill()
	c.awaitTakeover(20 * time.Second)
	c.remove(0).kill()
	c.awaitTakeover(20 * time.Second)
}

// Two registrars suffice for a takeover: there is nobody to agree to it.
func TestKillOneOfTwo(t *testing.T) {
	c := newCluster(t, 2)
	c.remove(0).kill()
	c.awaitTakeover(20 * time.Second)
}

func TestJoin(t *testing.T) {
	c := newCluster(t, 2)
	p := newProcess(t, loopback, 0x200)
	p.start(static(c.running)...)
	w := startWatch(t, p)
	took := awaitAll(t, []*watch{w}, 40*time.Second, c.ids, c.running...)
	t.Logf("the new registrar had all after %v", took.Round(time.Millisecond))
	w.expect(c.ids)
	c.running, c.watches = append(c.running, p), append(c.watches, w)
	// It is one of them: it takes over from the two others.
	c.remove(1).kill()
	c.remove(0).kill()
	c.awaitTakeover(20 * time.Second)
}

// A registrar that is told to end hands its elements over.
func TestTerminate(t *testing.T) {
	c := newCluster(t, 3)
	p := c.remove(1)
	begin := time.Now()
	p.terminate()
	t.Logf("ended after %v", time.Since(begin).Round(time.Millisecond))
	c.awaitTakeover(10 * time.Second)
}
