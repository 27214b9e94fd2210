package handlespace

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

// encodedVariants are elements whose encoded forms differ in all parts around the home
// registrar.
var encodedVariants = map[string]func(*wire.PoolElement){
	"plain":   func(*wire.PoolElement) {},
	"no home": func(pe *wire.PoolElement) { pe.HomeID = 0 },
	"unknown parameter": func(pe *wire.PoolElement) {
		pe.Unknown = []wire.RawParam{{Type: 0x8abc, Value: []byte("four")}}
	},
	"unknown parameters with padding": func(pe *wire.PoolElement) {
		pe.Unknown = []wire.RawParam{{Type: 0x8abc, Value: []byte("x")}, {Type: 0xcabd, Value: []byte("seven..")}}
	},
	"unknown parameter in the transport": func(pe *wire.PoolElement) {
		pe.UserTransport.Unknown = []wire.RawParam{{Type: 0x8abc, Value: []byte("xy")}}
	},
	"octets behind the policy": func(pe *wire.PoolElement) {
		pe.Policy = wire.Policy{Type: wire.LeastUsedDegradation, Load: 1, LoadDegradation: 2, Extra: "x"}
	},
	"opaque transport": func(pe *wire.PoolElement) {
		pe.UserTransport = wire.Transport{Protocol: wire.Opaque, Opaque: []byte("somewhere")}
	},
}

// A change of the home registrar leaves the octets that a new encoding would have.
func TestNewHomeIsEncoded(t *testing.T) {
	t.Parallel()
	const home = wire.ServerID(0xfedcba98)
	asap := map[string]*wire.Transport{
		"without ASAP transport": nil,
		"with ASAP transport":    testElement(7).ASAPTransport,
		"with unknown parameter in the ASAP transport": {
			Protocol: wire.SCTP, Port: 1, Addrs: testElement(7).ASAPTransport.Addrs,
			Unknown: []wire.RawParam{{Type: 0x8abd, Value: []byte{1}}},
		},
	}
	changes := map[string]func(*Handlespace, *Element){
		"SetOwner": func(h *Handlespace, e *Element) { h.SetOwner(e, home) },
		"Adopt":    func(h *Handlespace, e *Element) { h.Adopt(t0.Add(time.Second), e, home, 5) },
	}
	for variant, change := range encodedVariants {
		for transport, asap := range asap {
			for name, setHome := range changes {
				t.Run(name+"/"+variant+"/"+transport, func(t *testing.T) {
					t.Parallel()
					pe := testElement(7)
					pe.ASAPTransport = asap
					change(pe)
					h := newTest()
					e := mustRegister(t, h, "pool", pe)
					setHome(h, e)
					pe.HomeID = home
					checkEncoded(t, e, pe)
					checkIndexes(t, h)
				})
			}
		}
	}
}

// checkEncoded compares the encoded forms of e with a new encoding of its parameters.
func checkEncoded(t *testing.T, e *Element, pe *wire.PoolElement) {
	t.Helper()
	again := mustRegister(t, newTest(), "pool", pe)
	if got, want := e.Encoded(), again.Encoded(); !bytes.Equal(got, want) {
		t.Errorf("got  %x\nwant %x", got, want)
	}
	full := e.AppendWithASAP(nil)
	if want := again.AppendWithASAP(nil); !bytes.Equal(full, want) {
		t.Errorf("with ASAP transport:\ngot  %x\nwant %x", full, want)
	}
	if got := decode(t, e); !reflect.DeepEqual(got, *pe) || e.HomeID() != pe.HomeID {
		t.Errorf("decoded: got %+v, want %+v", got, *pe)
	}
	if len(pe.Unknown) == 0 || pe.ASAPTransport == nil { // Package wire puts unknown parameters last.
		if want := encoded(pe); !bytes.Equal(full, want) {
			t.Errorf("with ASAP transport:\ngot  %x\nwant %x", full, want)
		}
	}
	user := *pe
	user.ASAPTransport = nil
	if got, want := e.Encoded(), encoded(&user); !bytes.Equal(got, want) {
		t.Errorf("got  %x\nwant %x", got, want)
	}
}

// An adoption renews the registration, and a change of the owner does not.
func TestAdoptRenews(t *testing.T) {
	t.Parallel()
	var changes []Change
	h := New(Config{Rand: rand.New(rand.NewPCG(1, 2)), OnChange: func(c Change) { changes = append(changes, c) }})
	pe := testElement(1)
	pe.Policy = wire.Policy{Type: wire.LeastUsedDegradation, Load: 1, LoadDegradation: 2}
	e := mustRegister(t, h, "pool", pe)
	if _, err := h.Resolve("pool", 1, nil); err != nil {
		t.Fatal(err)
	}
	h.SetTimer(e, 3, t0.Add(time.Minute))
	e.State = 4
	mark := h.Mark()

	h.SetOwner(e, 0xa)
	if !e.RenewedSince(mark) || e.degraded != 2 || !h.UpdatedAt(e).Equal(t0) || e.Association() != 0 {
		t.Errorf("after SetOwner: %+v", e)
	}
	mark = h.Mark()
	h.Adopt(t0.Add(time.Second), e, 0xa, 5)
	if !e.RenewedSince(mark) || e.degraded != 0 || !h.UpdatedAt(e).Equal(t0.Add(time.Second)) || e.Association() != 5 {
		t.Errorf("after the first adoption: %+v", e)
	}
	h.Adopt(t0.Add(3*time.Second), e, 0xb, 6)
	if e.State != 4 || e.Timer() != 3 || !h.Deadline(e).Equal(t0.Add(time.Minute)) {
		t.Errorf("after the second adoption: state %d, timer %d at %v", e.State, e.Timer(), h.Deadline(e))
	}
	want := []Change{
		{Kind: Created, Element: e},
		{Kind: Updated, Element: e},
		{Kind: Updated, Element: e, Same: true, Held: time.Second},
		{Kind: Updated, Element: e, Former: 5, Held: 2 * time.Second},
	}
	if !reflect.DeepEqual(changes, want) {
		t.Errorf("changes %+v, want %+v", changes, want)
	}
	checkIndexes(t, h)
}

// BenchmarkTakeover changes the home registrar of all elements of a registrar: SetOwner as
// when a takeover is announced, Adopt as when the elements acknowledge it.
func BenchmarkTakeover(b *testing.B) {
	for _, n := range []int{1000, 10000, 100000} {
		for _, takeover := range []struct {
			name    string
			setHome func(w *workload, e *Element, to wire.ServerID)
		}{
			{"SetOwner", func(w *workload, e *Element, to wire.ServerID) { w.h.SetOwner(e, to) }},
			{"Adopt", func(w *workload, e *Element, to wire.ServerID) { w.h.Adopt(w.clock, e, to, 1) }},
		} {
			b.Run(fmt.Sprintf("%s/%d", takeover.name, n), func(b *testing.B) {
				w := newWorkload(wire.LeastUsed, 1, n)
				w.registerAll()
				from, to := benchRegistrar, benchRegistrar+3
				elements := w.h.Owned(from)
				b.ReportAllocs()
				for b.Loop() {
					for e := range w.h.OwnedBy(from) {
						takeover.setHome(w, e, to)
					}
					from, to = to, from
				}
				if w.h.Owned(from) != elements {
					b.Fatalf("%d elements, want %d", w.h.Owned(from), elements)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*elements), "ns/element")
			})
		}
	}
}
