package bench

import (
	"context"
	"math"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/hub"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

const latency = 5 * time.Millisecond // one way

// fakeRegistrar answers each request at once.
type fakeRegistrar struct {
	hub           *hub.Hub[asapmsg.Message]
	refuse        atomic.Bool // resolutions
	silent        atomic.Bool // to resolutions
	garble        atomic.Bool // all answers
	registrations atomic.Int64
	up            atomic.Int64 // associations
	sources       sync.Map     // the addresses of associations, as a set
	stop          chan struct{}
	stopped       chan struct{}
}

func startRegistrar(t *testing.T, host transport.Network, addrs ...netip.Addr) (*fakeRegistrar, []netip.AddrPort) {
	t.Helper()
	port := uint16(wire.PortASAP)
	if len(addrs) > 0 {
		port = 0 // The host is the host of the test.
	}
	endpoint, err := host.Listen(t.Context(), transport.ListenConfig{Addrs: addrs, Port: port})
	if err != nil {
		t.Fatal(err)
	}
	r := &fakeRegistrar{stop: make(chan struct{}), stopped: make(chan struct{})}
	r.hub = hub.New(hub.Config[asapmsg.Message]{
		Endpoint: endpoint,
		PPID:     wire.PPIDASAP,
		Parse:    asapmsg.Parse,
	})
	go r.serve()
	return r, endpoint.LocalAddrs()
}

func (r *fakeRegistrar) serve() {
	defer close(r.stopped)
	for {
		select {
		case ev := <-r.hub.Events():
			switch ev := ev.(type) {
			case step.Up:
				r.up.Add(1)
				r.sources.Store(ev.Peer[0].Addr(), true)
			case step.Down:
				r.up.Add(-1)
			case step.Received[asapmsg.Message]:
				if answer := r.answer(ev.Message); answer != nil {
					r.hub.Do(step.Send{Assoc: ev.Assoc, Message: answer})
				}
			}
		case <-r.stop:
			return
		}
	}
}

func (r *fakeRegistrar) answer(m asapmsg.Message) step.Message {
	if r.garble.Load() {
		return garbage{}
	}
	switch m := m.(type) {
	case *asapmsg.Registration:
		r.registrations.Add(1)
		return &asapmsg.RegistrationResponse{PoolHandle: m.PoolHandle, PEID: m.PoolElement.ID}
	case *asapmsg.HandleResolution:
		if r.silent.Load() {
			return nil
		}
		answer := &asapmsg.HandleResolutionResponse{PoolHandle: m.PoolHandle}
		if r.refuse.Load() {
			answer.Causes = []wire.ErrorCause{{Code: wire.CauseUnknownPoolHandle}}
		}
		return answer
	}
	return nil
}

func (r *fakeRegistrar) close() {
	close(r.stop)
	<-r.stopped
	_ = r.hub.Close()
}

// run measures against a fake registrar in virtual time.
func run(t *testing.T, config Config, prepare func(*fakeRegistrar), check func(*testing.T, *fakeRegistrar, Result)) {
	synctest.Test(t, func(t *testing.T) {
		network := memnet.New(memnet.Config{Link: memnet.Link{Latency: latency}})
		r, addrs := startRegistrar(t, network.Host())
		defer r.close()
		prepare(r)
		config.Network, config.Registrar = network.Host(), addrs
		result, err := Run(context.Background(), config)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(4 * latency) // A shutdown takes so long to end at the other side.
		if n := r.up.Load(); n != 0 {
			t.Errorf("%d associations are left", n)
		}
		check(t, r, result)
	})
}

func TestClosedLoop(t *testing.T) {
	for _, c := range []struct {
		name                 string
		mode                 Mode
		associations, window int
	}{
		{"one resolves", Resolve, 1, 1},
		{"three resolve with windows", Resolve, 3, 4},
		{"two register", Register, 2, 1},
		{"two register again", Reregister, 2, 2},
		{"more than there are elements", Reregister, 9, 1},
		{"mix", Mix, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := Config{Mode: c.mode, Associations: c.associations, Window: c.window, Duration: time.Second, Pools: 2, Elements: 3}
			run(t, config, func(*fakeRegistrar) {}, func(t *testing.T, r *fakeRegistrar, result Result) {
				// A request and its answer take 10 ms, so a window has 100 of them in a
				// second, of which the last may be on its way at the end.
				want := int64(100 * c.associations * c.window)
				if result.Operations > want || result.Operations < want-int64(c.associations*c.window) {
					t.Errorf("%d operations, want about %d", result.Operations, want)
				}
				if result.P50 < 9990 || result.P50 > 10010 || result.Errors != 0 {
					t.Errorf("p50 %d us, want 10 ms; %d errors", result.P50, result.Errors)
				}
				filled := int64(config.Pools * config.Elements)
				switch got := r.registrations.Load(); {
				case c.mode == Resolve && got != filled:
					t.Errorf("%d registrations, want %d", got, filled)
				case c.mode == Reregister && got < result.Operations+filled:
					t.Errorf("%d registrations, want %d and %d at the least", got, result.Operations, filled)
				}
			})
		})
	}
}

func TestOpenLoop(t *testing.T) {
	var reports []Progress
	config := Config{Rate: 200, Associations: 2, Window: 8, Duration: time.Second, Progress: func(p Progress) { reports = append(reports, p) }}
	run(t, config, func(*fakeRegistrar) {}, func(t *testing.T, _ *fakeRegistrar, result Result) {
		if result.Missed || result.OfferedPerSecond != 200 {
			t.Errorf("offered rate: %+v", result)
		}
		for i, p := range reports {
			if want := time.Duration(i+1) * progressInterval; p.Elapsed != want || p.Operations == 0 || p.Operations > result.Operations {
				t.Errorf("report %d: %+v", i, p)
			}
		}
		if len(reports) < 4 || len(reports) > 5 { // The last one and the end come at the same time.
			t.Errorf("%d reports", len(reports))
		}
		if result.Operations < 196 || result.Operations > 200 {
			t.Errorf("%d operations, want 200 but for those on their way at the end", result.Operations)
		}
		if sum := result.Operations + result.Unanswered; sum < 200 || sum > 201 { // One is due at the very end.
			t.Errorf("%d requests, want 200", sum)
		}
	})
}

// TestOpenLoopOverload shows that latency counts from when a request was due, and not
// from when the window had room for it.
func TestOpenLoopOverload(t *testing.T) {
	config := Config{Rate: 200, Window: 1, Duration: time.Second}
	run(t, config, func(*fakeRegistrar) {}, func(t *testing.T, _ *fakeRegistrar, result Result) {
		if !result.Missed {
			t.Errorf("%d operations count as the offered rate", result.Operations)
		}
		if result.Max < 400_000 {
			t.Errorf("max %d us; 100 of 200 requests can be answered, so the last ones are late by half a second", result.Max)
		}
		if sum := result.Operations + result.Unanswered; sum < 200 || sum > 201 { // One is due at the very end.
			t.Errorf("%d requests, want 200", sum)
		}
	})
}

// TestLongLatency shows a latency of minutes as it is.
func TestLongLatency(t *testing.T) {
	config := Config{Rate: 200, Window: 1, Duration: 5 * time.Minute}
	run(t, config, func(*fakeRegistrar) {}, func(t *testing.T, _ *fakeRegistrar, result Result) {
		if want := (140 * time.Second).Microseconds(); result.Max < want {
			t.Errorf("max %d us, want %d at the least", result.Max, want)
		}
	})
}

// TestStall shows what a registrar leaves unanswered.
func TestStall(t *testing.T) {
	for _, config := range []Config{
		{Rate: 200, Associations: 2, Window: 8, Duration: 2 * time.Second},
		{Associations: 2, Window: 8, Duration: 2 * time.Second},
	} {
		stall := func(r *fakeRegistrar) { time.AfterFunc(time.Second, func() { r.silent.Store(true) }) }
		run(t, config, stall, func(t *testing.T, _ *fakeRegistrar, result Result) {
			if sum := result.Operations + result.Unanswered; config.Rate > 0 && (sum < 400 || sum > 401) {
				t.Errorf("%d operations and %d unanswered, want 400 in all", result.Operations, result.Unanswered)
			}
			if result.Unanswered < 16 || result.Max < 900_000 {
				t.Errorf("%d unanswered, max %d us: the last second is not told", result.Unanswered, result.Max)
			}
		})
	}
}

// garbage is no message of ASAP.
type garbage struct{}

func (garbage) AppendBinary(b []byte) ([]byte, error) { return append(b, 0xff, 0, 0, 4), nil }

// TestGarbage ends a measurement at once when an answer cannot be read.
func TestGarbage(t *testing.T) {
	for _, mode := range []Mode{Resolve, Register} {
		synctest.Test(t, func(t *testing.T) {
			network := memnet.New(memnet.Config{Link: memnet.Link{Latency: latency}})
			r, addrs := startRegistrar(t, network.Host())
			defer r.close()
			r.garble.Store(true)
			start := time.Now()
			_, err := Run(t.Context(), Config{Mode: mode, Network: network.Host(), Registrar: addrs, Associations: 2})
			if err == nil || !strings.Contains(err.Error(), "answer of the registrar") {
				t.Errorf("%s: error %v", mode, err)
			}
			if took := time.Since(start); took > time.Second {
				t.Errorf("%s: it took %v", mode, took)
			}
		})
	}
}

func TestErrorsAreCounted(t *testing.T) {
	config := Config{Duration: time.Second}
	run(t, config, func(r *fakeRegistrar) { r.refuse.Store(true) }, func(t *testing.T, _ *fakeRegistrar, result Result) {
		if result.Errors == 0 || result.Errors != result.Operations {
			t.Errorf("%d errors of %d operations, want all", result.Errors, result.Operations)
		}
	})
}

func TestConfigIsChecked(t *testing.T) {
	host := memnet.New(memnet.Config{}).Host()
	addrs := []netip.AddrPort{netip.MustParseAddrPort("10.9.9.9:3863")}
	for _, c := range []struct {
		config Config
		want   string
	}{
		{Config{}, "no network"},
		{Config{Network: host, Registrar: addrs, Mode: "guess"}, "unknown mode"},
		{Config{Network: host, Registrar: addrs, Associations: -1}, "associations"},
		{Config{Network: host, Registrar: addrs, Window: -1}, "window"},
		{Config{Network: host, Registrar: addrs, Elements: -1}, "elements"},
		{Config{Network: host, Registrar: addrs, Rate: math.NaN()}, "rate"},
	} {
		if _, err := Run(t.Context(), c.config); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}

// TestSources asserts that the associations are shared out among local addresses.
func TestSources(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has all addresses of 127.0.0.0/8")
	}
	t.Parallel()
	network := udpsctp.NewNetwork(udpsctp.Config{})
	registrar, addrs := startRegistrar(t, network, netip.MustParseAddr("127.0.0.1"))
	defer registrar.close()
	config := Config{Network: network, Registrar: addrs, Mode: Register, Associations: 7, Sources: 3, Duration: time.Millisecond}
	if _, err := Run(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	sources := 0
	registrar.sources.Range(func(addr, _ any) bool {
		sources++
		return true
	})
	if sources != 3 {
		t.Errorf("%d sources", sources)
	}
	config.Registrar = []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:3863")}
	if _, err := Run(t.Context(), config); err == nil || !strings.Contains(err.Error(), "192.0.2.1") {
		t.Errorf("a registrar elsewhere: %v", err)
	}
}
