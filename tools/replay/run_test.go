package replay

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/tools/internal/script"
	"github.com/rserpool-go/rserpool/tools/pcap"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/hub"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

const latency = 5 * time.Millisecond // one way

// fakeRegistrar has a pool for each handle, and answers a resolution with all its elements.
type fakeRegistrar struct {
	addrs  []netip.AddrPort
	hub    *hub.Hub[asapmsg.Message]
	mute   atomic.Bool // it does not answer resolutions
	refuse atomic.Bool // it refuses registrations
	up     atomic.Int64
	told   atomic.Int64 // reports of unreachable elements
	done   sync.WaitGroup
	stop   chan struct{}
}

func startRegistrar(t *testing.T, host *memnet.Host) *fakeRegistrar {
	t.Helper()
	endpoint, err := host.Listen(t.Context(), transport.ListenConfig{Port: wire.PortASAP})
	if err != nil {
		t.Fatal(err)
	}
	r := &fakeRegistrar{addrs: endpoint.LocalAddrs(), stop: make(chan struct{})}
	r.hub = hub.New(hub.Config[asapmsg.Message]{Endpoint: endpoint, PPID: wire.PPIDASAP, Parse: asapmsg.Parse})
	r.done.Go(r.serve)
	return r
}

func (r *fakeRegistrar) serve() {
	pools := make(map[wire.PoolHandle][]wire.PoolElement)
	for {
		select {
		case ev := <-r.hub.Events():
			switch ev := ev.(type) {
			case step.Up:
				r.up.Add(1)
			case step.Down:
				r.up.Add(-1)
			case step.Received[asapmsg.Message]:
				if answer := r.answer(pools, ev.Message); answer != nil {
					r.hub.Do(step.Send{Assoc: ev.Assoc, Message: answer})
				}
			}
		case <-r.stop:
			return
		}
	}
}

func (r *fakeRegistrar) answer(pools map[wire.PoolHandle][]wire.PoolElement, m asapmsg.Message) step.Message {
	switch m := m.(type) {
	case *asapmsg.Registration:
		m.PoolElement.HomeID = 0x999
		pools[m.PoolHandle] = append(pools[m.PoolHandle], m.PoolElement)
		return &asapmsg.RegistrationResponse{PoolHandle: m.PoolHandle, PEID: m.PoolElement.ID, Reject: r.refuse.Load()}
	case *asapmsg.Deregistration:
		delete(pools, m.PoolHandle)
		return &asapmsg.DeregistrationResponse{PoolHandle: m.PoolHandle, PEID: m.PEID}
	case *asapmsg.EndpointUnreachable:
		r.told.Add(1)
	case *asapmsg.HandleResolution:
		if !r.mute.Load() {
			elements := pools[m.PoolHandle]
			return &asapmsg.HandleResolutionResponse{PoolHandle: m.PoolHandle, Policy: &elements[0].Policy, PoolElements: elements}
		}
	}
	return nil
}

func (r *fakeRegistrar) close(t *testing.T) {
	t.Helper()
	if n := r.up.Load(); n != 0 {
		t.Errorf("%d associations are left", n)
	}
	close(r.stop)
	r.done.Wait()
	if err := r.hub.Close(); err != nil {
		t.Error(err)
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../testdata", name+".pcap"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func input(b []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
}

// bed is a network with fake registrars, in virtual time.
type bed struct {
	t           *testing.T
	registrars  []*fakeRegistrar
	config      Config
	differences []Difference
}

func inBed(t *testing.T, registrars int, test func(t *testing.T, b *bed)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := memnet.New(memnet.Config{Link: memnet.Link{Latency: latency}, QueueLen: 8})
		host := network.Host()
		b := &bed{t: t}
		probe, err := host.Listen(t.Context(), transport.ListenConfig{})
		if err != nil {
			t.Fatal(err)
		}
		b.config = Config{
			Network: host, Speed: 1, Local: []netip.Addr{probe.LocalAddrs()[0].Addr()},
			Difference: func(d Difference) { b.differences = append(b.differences, d) },
		}
		if err := probe.Close(); err != nil {
			t.Fatal(err)
		}
		for range registrars {
			r := startRegistrar(t, network.Host())
			b.registrars = append(b.registrars, r)
			b.config.Registrars = append(b.config.Registrars, Registrar{ASAP: r.addrs})
		}
		test(t, b)
		time.Sleep(time.Second) // The registrars are told of the end of their associations.
		for _, r := range b.registrars {
			r.close(t)
		}
	})
}

// run runs a replay of octets.
func (b *bed) run(capture []byte) (Result, error) {
	b.t.Helper()
	b.config.Input = input(capture)
	return Run(b.t.Context(), b.config)
}

// TestEcho plays a capture at its own speed, and the recorded session again.
func TestEcho(t *testing.T) {
	inBed(t, 1, func(t *testing.T, b *bed) {
		var recorded bytes.Buffer
		var mappings []string
		b.config.Record = &recorded
		b.config.Mapping = func(m Mapping) { mappings = append(mappings, m.Kind+" "+m.Capture) }
		result, err := b.run(read(t, "echo"))
		if err != nil || len(b.differences) > 0 {
			t.Fatalf("%v, %v", err, b.differences)
		}
		want := Result{
			Rounds: 1, Cues: 16, Answers: 3, Seconds: result.Seconds,
			Registrars: []Tally{{Sent: 3, Received: 3, P50: 10007, P90: 10007, P99: 10007, Max: 10007, MessagesPerSecond: 6 / result.Seconds}},
		}
		result.Registrars[0].latency = nil
		if !reflect.DeepEqual(result, want) {
			t.Errorf("got  %+v\nwant %+v", result, want)
		}
		if result.Seconds < 16.2 || result.Seconds > 16.5 { // The capture takes 16.222 s.
			t.Errorf("took %v s", result.Seconds)
		}
		if got := strings.Join(mappings, ", "); got != "address 10.98.0.2:37286, address 10.98.0.3:33040, registrar 0xef570bfd" {
			t.Errorf("mappings: %s", got)
		}

		b.config.Record, b.config.Mapping, b.config.Speed = nil, nil, 0
		result, err = b.run(recorded.Bytes())
		if err != nil || len(b.differences) > 0 || result.Answers != 3 {
			t.Errorf("the recorded session: %+v, %v, %v", result, err, b.differences)
		}
		if result.Seconds > 1 {
			t.Errorf("at full speed it took %v s", result.Seconds)
		}
	})
}

// compress returns octets compressed by gzip.
func compress(t *testing.T, octets []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(octets)
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestRounds plays a compressed capture three times, ten times as fast, and records a single
// session.
func TestRounds(t *testing.T) {
	inBed(t, 1, func(t *testing.T, b *bed) {
		var recorded bytes.Buffer
		b.config.Rounds, b.config.Speed, b.config.Record = 3, 10, &recorded
		progress := 0
		b.config.Progress = func(p Progress) { progress = max(progress, p.Round) }
		result, err := b.run(compress(t, read(t, "echo")))
		if err != nil || result.Rounds != 3 || result.Answers != 9 || result.Differences != 0 || progress != 3 {
			t.Errorf("%+v, %v, progress %d", result, err, progress)
		}
		if result.Seconds < 3*1.62 || result.Seconds > 3*1.7 {
			t.Errorf("took %v s", result.Seconds)
		}
		session, err := script.NewRecord(&recorded)
		if err != nil {
			t.Fatal(err)
		}
		var opened uint64
		for {
			c, err := session.Next()
			if err != nil {
				if !errors.Is(err, io.EOF) {
					t.Error(err)
				}
				break
			}
			if c.Kind == script.Open {
				opened++
				if c.Assoc != opened {
					t.Errorf("association %d, want %d", c.Assoc, opened)
				}
			}
		}
		if opened != 6 {
			t.Errorf("%d associations are recorded", opened)
		}
	})
}

// TestDifferences has a registrar that answers otherwise, or not at all.
func TestDifferences(t *testing.T) {
	inBed(t, 1, func(t *testing.T, b *bed) {
		b.registrars[0].mute.Store(true)
		b.registrars[0].refuse.Store(true)
		result, err := b.run(read(t, "echo"))
		if err != nil {
			t.Fatal(err)
		}
		want := []Difference{
			{1, 9, 0, "ASAP_REGISTRATION EchoPool 0xf80adbae", "reject", "", "set"},
			{1, 35, 4134998 * time.Microsecond, "ASAP_HANDLE_RESOLUTION EchoPool", "message", "ASAP_HANDLE_RESOLUTION_RESPONSE", "none"},
		}
		if !reflect.DeepEqual(b.differences, want) || result.Differences != len(want) {
			t.Errorf("got  %+v\nwant %+v", b.differences, want)
		}
	})
}

// TestTwo compares two registrars with each other. Answers that both give do not differ, though
// the capture has others.
func TestTwo(t *testing.T) {
	inBed(t, 2, func(t *testing.T, b *bed) {
		for _, r := range b.registrars {
			r.refuse.Store(true)
		}
		b.registrars[1].mute.Store(true)
		result, err := b.run(read(t, "echo"))
		if err != nil {
			t.Fatal(err)
		}
		want := []Difference{
			{1, 35, 4134998 * time.Microsecond, "ASAP_HANDLE_RESOLUTION EchoPool", "message", "ASAP_HANDLE_RESOLUTION_RESPONSE", "none"},
		}
		if !reflect.DeepEqual(b.differences, want) || result.Answers != 3 || len(result.Registrars) != 2 {
			t.Errorf("got  %+v, %+v\nwant %+v", b.differences, result, want)
		}
	})
}

// TestDamaged plays the readable part of a capture, once.
func TestDamaged(t *testing.T) {
	inBed(t, 1, func(t *testing.T, b *bed) {
		b.config.Rounds = 2
		capture := read(t, "echo")
		result, err := b.run(capture[:len(capture)/2])
		var damage *pcap.DamageError
		if !errors.As(err, &damage) || result.Rounds != 1 || result.Registrars[0].Sent == 0 || len(b.differences) > 0 {
			t.Errorf("%+v, %v, %v", result, err, b.differences)
		}
	})
}

// TestErrors has inputs and registrars that are not there.
func TestErrors(t *testing.T) {
	inBed(t, 1, func(t *testing.T, b *bed) {
		for name, octets := range map[string]string{"empty": "", "short": "\x82", "text": "this is no capture"} {
			if _, err := b.run([]byte(octets)); !errors.Is(err, ErrFormat) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := b.run([]byte(script.RecordMagic + "\xff")); err == nil || errors.Is(err, io.EOF) {
			t.Errorf("damaged record: %v", err)
		}
		b.config.As = 1
		if _, err := b.run(read(t, "echo")); !errors.Is(err, ErrNothing) || err.Error() != "no association with registrar 0x00000001" {
			t.Errorf("a registrar that the capture lacks: %v", err)
		}
		b.config.As = 0
		if _, err := b.run([]byte(script.RecordMagic)); !errors.Is(err, ErrNothing) {
			t.Errorf("record without cues: %v", err)
		}
		if _, err := b.run(compress(t, []byte(script.RecordMagic))); !errors.Is(err, ErrNothing) {
			t.Errorf("compressed record without cues: %v", err)
		}
		local := b.config.Local
		b.config.Local = []netip.Addr{netip.MustParseAddr("192.0.2.77")}
		var unreachable *UnreachableError
		if _, err := b.run(read(t, "echo")); !errors.As(err, &unreachable) {
			t.Errorf("an address of another host: %v", err)
		}
		b.config.Local = local
		b.config.Registrars[0].ASAP = []netip.AddrPort{netip.AddrPortFrom(b.registrars[0].addrs[0].Addr(), 7)}
		var down *transport.DownError
		if _, err := b.run(read(t, "echo")); !errors.As(err, &down) || strings.Contains(err.Error(), "transport:") {
			t.Errorf("no registrar: %v", err)
		}
		missing := errors.New("missing")
		b.config.Input = func() (io.ReadCloser, error) { return nil, missing }
		if _, err := Run(t.Context(), b.config); !errors.Is(err, missing) {
			t.Errorf("no input: %v", err)
		}
	})
	for name, config := range map[string]Config{
		"empty":        {},
		"no registrar": {Network: new(memnet.Host), Input: input(nil)},
		"no address":   {Network: new(memnet.Host), Input: input(nil), Registrars: make([]Registrar, 1)},
		"three":        {Network: new(memnet.Host), Input: input(nil), Registrars: make([]Registrar, 3)},
	} {
		if _, err := Run(t.Context(), config); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestSendQueue plays more messages without an answer than the queues hold, at full speed. None is
// lost, and the association stays.
func TestSendQueue(t *testing.T) {
	inBed(t, 1, func(t *testing.T, b *bed) {
		const reports = 20 * sendQueue
		var session bytes.Buffer
		w, err := script.NewWriter(&session)
		if err != nil {
			t.Fatal(err)
		}
		octets, err := (&asapmsg.EndpointUnreachable{PoolHandle: "p", PEID: 1}).AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		cue := script.Cue{Kind: script.Open, Assoc: 1, PPID: wire.PPIDASAP, Client: netip.MustParseAddrPort("192.0.2.1:1")}
		for range 1 + reports {
			if err := w.Write(cue); err != nil {
				t.Fatal(err)
			}
			cue.Kind, cue.Message = script.Say, script.ParseMessage(wire.PPIDASAP, octets)
		}
		b.config.Speed = 0
		result, err := b.run(session.Bytes())
		if err != nil || result.Registrars[0].Sent != reports || result.Registrars[0].Skipped > 0 || len(b.differences) > 0 {
			t.Errorf("%+v, %v, %v", result, err, b.differences)
		}
		if got := b.registrars[0].told.Load(); got != reports {
			t.Errorf("%d of %d reports have come", got, reports)
		}
	})
}

// TestCancel ends a replay early, without an error.
func TestCancel(t *testing.T) {
	inBed(t, 1, func(t *testing.T, b *bed) {
		ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
		defer cancel()
		b.config.Input, b.config.Rounds = input(read(t, "echo")), 2
		result, err := Run(ctx, b.config)
		if err != nil || result.Rounds != 1 || result.Answers != 2 || result.Seconds > 9 || len(b.differences) > 0 {
			t.Errorf("%+v, %v, %v", result, err, b.differences)
		}
	})
}

// TestCancelWaiting ends a replay early that waits for an answer.
func TestCancelWaiting(t *testing.T) {
	inBed(t, 1, func(t *testing.T, b *bed) {
		b.registrars[0].mute.Store(true)
		ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
		defer cancel()
		b.config.Input, b.config.Patience = input(read(t, "echo")), time.Hour
		result, err := Run(ctx, b.config)
		if err != nil || result.Cues == 0 || result.Seconds > 9 || len(b.differences) > 0 {
			t.Errorf("%+v, %v, %v", result, err, b.differences)
		}
	})
}

// TestProgress reports the progress also while nothing happens.
func TestProgress(t *testing.T) {
	inBed(t, 1, func(t *testing.T, b *bed) {
		reports := 0
		b.config.Progress = func(Progress) { reports++ }
		if result, err := b.run(read(t, "echo")); err != nil || reports < int(3*result.Seconds) {
			t.Errorf("%d reports in %v s, %v", reports, result.Seconds, err)
		}
	})
}

// TestUnreachableError puts the reasons into words.
func TestUnreachableError(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"refused":            &transport.DownError{Cause: transport.CauseRefused},
		"overload: too many": &transport.DownError{Cause: transport.CauseOverload, Reason: "too many"},
		"no answer":          context.DeadlineExceeded,
		"no route":           errors.New("no route"),
	} {
		e := &UnreachableError{Registrar: netip.MustParseAddrPort("192.0.2.1:3863"), Err: err}
		if got := e.Error(); got != "registrar 192.0.2.1:3863 cannot be reached: "+want || !errors.Is(e, err) {
			t.Errorf("%s: %s", want, got)
		}
	}
}

// TestRecordFails reports that the session could not be recorded.
func TestRecordFails(t *testing.T) {
	inBed(t, 1, func(t *testing.T, b *bed) {
		full := errors.New("full")
		b.config.Record = &failing{after: 100, err: full}
		result, err := b.run(read(t, "echo"))
		if !errors.Is(err, full) || result.Answers != 3 {
			t.Errorf("%+v, %v", result, err)
		}
	})
}

// failing takes some octets.
type failing struct {
	after int
	err   error
}

func (f *failing) Write(p []byte) (int, error) {
	if f.after -= len(p); f.after < 0 {
		return 0, f.err
	}
	return len(p), nil
}
