package registrar_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/registrar/registrartest"
	"github.com/rserpool-go/rserpool/transport"
)

// describe returns an observation in words.
func describe(o registrar.Observation) string {
	words := []string{"received"}
	if o.Sent {
		words[0] = "sent"
	}
	if o.Multicast {
		words = append(words, "multicast")
	}
	switch {
	case o.ASAP != nil:
		words = append(words, o.ASAP.Type().String())
	case o.ENRP != nil:
		words = append(words, o.ENRP.Type().String())
	default:
		words = []string{"removed", fmt.Sprint(o.Removed.ID), string(o.Removed.Reason)}
	}
	return strings.Join(words, " ")
}

// node opens a node of asap that knows the registrar.
func (b *bed) node() *asap.Node {
	b.t.Helper()
	n, err := asap.Open(b.t.Context(), asap.Config{
		Network:    b.net.Host(),
		Announce:   transport.GroupConfig{Off: true},
		Registrars: []string{registrartest.Addr(b.pr).String()},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = n.Shutdown(b.limit()) })
	return n
}

// listen makes an element that accepts no session.
func (b *bed) listen(config *asap.ListenConfig) *asap.Listener {
	b.t.Helper()
	l, err := b.node().Listen(b.limit(), "echo", config)
	if err != nil {
		b.t.Fatal(err)
	}
	return l
}

// TestObserve has an element come, be found and go, beside another registrar.
func TestObserve(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, b *bed) {
		began := time.Now()
		var seen []string
		config := registrar.Config{ID: 7, Announce: transport.GroupConfig{Addr: asap.AnnounceGroup}, Presence: transport.GroupConfig{Addr: registrar.PresenceGroup}}
		config.Observe = func(o registrar.Observation) {
			if o.Observer != 7 || o.Time.Before(began) || o.Time.After(time.Now()) {
				t.Errorf("%+v", o)
			}
			seen = append(seen, describe(o))
		}
		server, stop := b.registrar(b.pr, config)
		other := b.net.Host()
		_, stopOther := b.registrar(other, registrar.Config{ID: 9, Presence: transport.GroupConfig{Addr: registrar.PresenceGroup}})
		l := b.listen(&asap.ListenConfig{ID: 0x11})
		if _, err := b.node().Resolve(b.limit(), "echo", nil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Second)
		if err := l.Shutdown(b.limit()); err != nil {
			t.Fatal(err)
		}
		averages := stats(t, server).Averages
		stopOther()
		stop()
		for _, want := range []string{
			"sent multicast ASAP_SERVER_ANNOUNCE", "sent multicast ENRP_PRESENCE", "received multicast ENRP_PRESENCE",
			"received ASAP_REGISTRATION", "sent ASAP_REGISTRATION_RESPONSE",
			"received ASAP_HANDLE_RESOLUTION", "sent ASAP_HANDLE_RESOLUTION_RESPONSE",
			"sent ASAP_ENDPOINT_KEEP_ALIVE", "received ASAP_ENDPOINT_KEEP_ALIVE_ACK",
			"received ENRP_PRESENCE", "sent ENRP_PRESENCE", "sent ENRP_HANDLE_UPDATE",
			"received ASAP_DEREGISTRATION", "removed 0x00000011 deregistered", "sent ASAP_DEREGISTRATION_RESPONSE",
		} {
			if !slices.Contains(seen, want) {
				t.Errorf("not observed: %s", want)
			}
		}
		if t.Failed() {
			t.Logf("%q", seen)
		}
		if averages.Over < 20*time.Second || math.Abs(averages.OwnedElements-1) > 0.1 || averages.Pools != averages.Elements || averages.Peers < 0.9 || averages.Peers > 1 {
			t.Errorf("%+v", averages)
		}
	})
}

// Final is about a server that has ended.
func TestFinal(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, b *bed) {
		server, stop := b.registrar(b.pr, registrar.Config{})
		l := b.listen(&asap.ListenConfig{})
		if got := server.Final(); got.ASAP.Registrations != 0 || got.Averages.Over != 0 {
			t.Errorf("before the end: %+v", got)
		}
		if err := l.Shutdown(b.limit()); err != nil {
			t.Fatal(err)
		}
		stop()
		if got := server.Final(); got.ASAP.Registrations != 1 || got.ASAP.Deregistrations != 1 || got.Averages.Over <= 0 || got.Elements != 0 {
			t.Errorf("after the end: %+v", got)
		}
	})
}
