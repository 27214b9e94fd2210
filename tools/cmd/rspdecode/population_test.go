package main

import (
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/tools/internal/capturetest"
	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/tools/internal/dissect"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// appender is a message of a codec.
type appender interface{ AppendBinary([]byte) ([]byte, error) }

// at returns a message at a time after the start.
func at(t *testing.T, protocol dissect.Protocol, m appender, seconds int) *message {
	t.Helper()
	b, err := m.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &message{Record: &decode.Record{
		Message: dissect.Decode(protocol, b), Time: start.Add(time.Duration(seconds) * time.Second), Since: time.Duration(seconds) * time.Second,
	}}
}

// element returns an element with a registration life.
func element(id wire.PEID, life time.Duration) wire.PoolElement {
	return wire.PoolElement{
		ID: id, RegistrationLife: life, Policy: wire.Policy{Type: wire.RoundRobin},
		UserTransport: wire.Transport{Protocol: wire.SCTP, Port: 1, Addrs: []netip.Addr{capturetest.Server4}},
	}
}

// Elements come and go by messages of both protocols, and at the end of their registration lives.
func TestPopulation(t *testing.T) {
	t.Parallel()
	p := newPopulation()
	answered := answer{request: "ASAP_REGISTRATION", life: 10 * time.Second}
	for i, step := range []struct {
		m               *message
		a               answer
		elements, pools int
	}{
		{at(t, dissect.ASAP, &asapmsg.RegistrationResponse{PoolHandle: "a", PEID: 1}, 0), answered, 1, 1},
		{at(t, dissect.ASAP, &asapmsg.RegistrationResponse{PoolHandle: "a", PEID: 1}, 5), answered, 1, 1},
		{at(t, dissect.ASAP, &asapmsg.RegistrationResponse{PoolHandle: "a", PEID: 2, Reject: true}, 5), answered, 1, 1},
		{at(t, dissect.ASAP, &asapmsg.RegistrationResponse{PoolHandle: "a", PEID: 2}, 5), answer{}, 1, 1}, // without a request
		{at(t, dissect.ENRP, &enrpmsg.HandleUpdate{PoolHandle: "a", PoolElement: element(2, time.Minute)}, 6), answer{}, 2, 1},
		{at(t, dissect.ENRP, &enrpmsg.HandleTableResponse{Entries: []enrpmsg.PoolEntry{
			{PoolHandle: "a", PoolElements: []wire.PoolElement{element(2, time.Minute)}},
			{PoolHandle: "b", PoolElements: []wire.PoolElement{element(2, time.Minute), element(3, time.Minute)}},
		}}, 7), answer{}, 4, 2},
		{at(t, dissect.ASAP, &asapmsg.DeregistrationResponse{PoolHandle: "b", PEID: 2}, 14), answer{}, 3, 2},
		{at(t, dissect.ASAP, &asapmsg.HandleResolution{PoolHandle: "a"}, 15), answer{}, 2, 2}, // Element 1 expires.
		{at(t, dissect.ENRP, &enrpmsg.HandleUpdate{Action: enrpmsg.DelPE, PoolHandle: "b", PoolElement: element(3, time.Minute)}, 16), answer{}, 1, 1},
		{at(t, dissect.ASAP, &asapmsg.HandleResolution{PoolHandle: "a"}, 67), answer{}, 0, 0},
	} {
		p.hear(step.m, step.a)
		if len(p.elements) != step.elements || len(p.pools) != step.pools {
			t.Fatalf("step %d: %d elements in %d pools, want %d in %d", i, len(p.elements), len(p.pools), step.elements, step.pools)
		}
	}
}

// The number of elements is bounded.
func TestPopulationBound(t *testing.T) {
	t.Parallel()
	p := newPopulation()
	for i := range maxPopulation + 5 {
		p.add(elementKey{"a", wire.PEID(i + 1)}, start, time.Hour)
	}
	if len(p.elements) != maxPopulation || p.leftOut != 5 {
		t.Errorf("%d elements, %d left out", len(p.elements), p.leftOut)
	}
}

// A series keeps all messages, whatever its length, and the last population.
func TestSeries(t *testing.T) {
	t.Parallel()
	for _, step := range []time.Duration{time.Millisecond, time.Second, time.Hour, 1 << 52} {
		s := newSeries()
		const n = 2000
		for i := range n {
			b := s.at(time.Duration(i) * step)
			b.messages[i%groups]++
			b.elements = i
		}
		sum := 0
		for i, b := range s.buckets {
			for _, count := range b.messages {
				sum += count
			}
			if i > 0 && b.elements < s.buckets[i-1].elements {
				t.Errorf("%v: bucket %d has %d elements", step, i, b.elements)
			}
		}
		if last := s.buckets[len(s.buckets)-1]; sum != n || len(s.buckets) > maxBuckets || last.elements != n-1 {
			t.Errorf("%v: %d messages in %d buckets, %d elements", step, sum, len(s.buckets), last.elements)
		}
	}
	late := newSeries()
	late.at(-time.Hour).messages[0]++
	late.at(1<<63 - 1).messages[0]++
	if len(late.buckets) > maxBuckets || late.buckets[0].messages[0] != 1 {
		t.Errorf("%d buckets", len(late.buckets))
	}
}

// A sample is evenly thinned.
func TestSampled(t *testing.T) {
	t.Parallel()
	s := newSampled[int](100)
	for i := range 12_345 {
		s.add(i)
	}
	if len(s.items) > 100 || len(s.items) < 50 {
		t.Fatalf("%d items", len(s.items))
	}
	for i, item := range s.items {
		if item != i*s.step {
			t.Fatalf("item %d is %d, with a step of %d", i, item, s.step)
		}
	}
}
