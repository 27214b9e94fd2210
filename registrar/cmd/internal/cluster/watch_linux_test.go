package cluster_test

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// A watch resolves the pool at a registrar, again and again, as a user would.
type watch struct {
	t     *testing.T
	at    *process
	assoc transport.Association
	stop  context.CancelFunc
	done  sync.WaitGroup

	mu      sync.Mutex // guards what follows
	want    []wire.PEID
	seen    map[wire.PEID]wire.ServerID // elements of the last answer, with their homes
	answers int
}

// startWatch begins to ask a registrar, which is up. It goes on until the test ends.
func startWatch(t *testing.T, at *process) *watch {
	t.Helper()
	network := inNamespace{udpsctp.NewNetwork(udpsctp.Config{}), at.on.namespace}
	endpoint, err := network.Listen(t.Context(), at.on.listen())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	w := &watch{t: t, at: at, stop: cancel}
	t.Cleanup(func() {
		cancel()
		w.done.Wait()
		_ = endpoint.Close()
	})
	await(t, 30*time.Second, "the registrar takes associations", func() bool {
		w.assoc, err = endpoint.Dial(ctx, []netip.AddrPort{at.asap})
		return err == nil
	})
	w.done.Go(func() { w.run(ctx) })
	return w
}

func (w *watch) run(ctx context.Context) {
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		elements, err := w.ask(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			w.t.Errorf("%v does not answer: %v", w.at.id, err)
			return
		}
		w.note(elements)
	}
}

// ask returns the elements that the registrar knows.
func (w *watch) ask(ctx context.Context) (map[wire.PEID]wire.ServerID, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	question := asapmsg.HandleResolution{PoolHandle: pool, Items: asapmsg.AllItems}
	data, err := question.AppendBinary(nil)
	if err != nil {
		return nil, err
	}
	if err := w.assoc.Send(ctx, transport.Message{PPID: wire.PPIDASAP, Data: data}); err != nil {
		return nil, err
	}
	raw, err := w.assoc.Receive(ctx)
	if err != nil {
		return nil, err
	}
	m, err := asapmsg.Parse(raw.Data)
	if err != nil {
		return nil, err
	}
	elements := make(map[wire.PEID]wire.ServerID)
	if answer, ok := m.(*asapmsg.HandleResolutionResponse); ok {
		for i := range answer.PoolElements {
			elements[answer.PoolElements[i].ID] = answer.PoolElements[i].HomeID
		}
	}
	return elements, nil
}

func (w *watch) note(elements map[wire.PEID]wire.ServerID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = elements
	w.answers++
	missing := 0
	for _, id := range w.want {
		if _, there := elements[id]; !there {
			missing++
		}
	}
	if missing > 0 {
		w.t.Errorf("%v: %d of %d elements are missing from answer %d", w.at.id, missing, len(w.want), w.answers)
		w.want = nil // Once is enough.
	}
}

// expect has the watch fail if any answer from now on misses one of these elements.
func (w *watch) expect(ids []wire.PEID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.want = slices.Clone(ids)
}

// has reports whether the last answer had just these elements, all with one of these
// homes.
func (w *watch) has(ids []wire.PEID, homes ...*process) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.seen) != len(ids) {
		return false
	}
	for _, id := range ids {
		home, there := w.seen[id]
		if !there || !slices.ContainsFunc(homes, func(p *process) bool { return p.id == home }) {
			return false
		}
	}
	return true
}

// count returns how many answers there have been.
func (w *watch) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.answers
}

// awaitAll waits until all watches have just these elements, with one of these homes.
func awaitAll(t *testing.T, watches []*watch, limit time.Duration, ids []wire.PEID, homes ...*process) time.Duration {
	t.Helper()
	return await(t, limit, "all registrars have all elements, with a home that lives", func() bool {
		return !slices.ContainsFunc(watches, func(w *watch) bool { return !w.has(ids, homes...) })
	})
}

// settle lets a time pass in which the registrars might find that they were wrong:
// keep-alives, their timeouts, and audits.
func settle(t *testing.T, watches []*watch) {
	t.Helper()
	const several = 4 * time.Second
	begin := time.Now()
	before := watches[0].count()
	await(t, 4*several, "users are answered", func() bool {
		return time.Since(begin) > several && watches[0].count() > before
	})
}
