package registrar_test

import (
	"encoding"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// openReader opens an association from a host of its own, and reads and drops all messages.
func (b *bed) openReader(addrs []netip.AddrPort) transport.Association {
	b.t.Helper()
	endpoint, err := b.net.Host().Listen(b.t.Context(), transport.ListenConfig{})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = endpoint.Close() })
	assoc, err := endpoint.Dial(b.limit(), addrs)
	if err != nil {
		b.t.Fatal(err)
	}
	go func() {
		for {
			if _, err := assoc.Receive(b.limit()); err != nil {
				return
			}
		}
	}()
	return assoc
}

// sendTo sends a message over an association.
func (b *bed) sendTo(assoc transport.Association, ppid uint32, m encoding.BinaryAppender) {
	data, err := m.AppendBinary(nil)
	if err == nil {
		err = assoc.Send(b.limit(), transport.Message{PPID: ppid, Data: data})
	}
	if err != nil {
		b.t.Error(err)
	}
}

// However many requests wait, the messages of peers do not wait for all of them.
func TestPeersAreHeardUnderLoad(t *testing.T) {
	const users, requests, updates = 1000, 10, 60
	run(t, func(t *testing.T, b *bed) {
		asap, enrp, before := 0, 0, 0 // messages so far, and requests before the last update
		server, _ := b.registrar(b.pr, registrar.Config{Observe: func(o registrar.Observation) {
			switch {
			case o.Sent:
			case o.ASAP != nil:
				if asap++; asap == 1 {
					time.Sleep(5 * time.Second) // So that all wait.
				}
			case o.ENRP != nil && o.ENRP.Type() == enrpmsg.TypeHandleUpdate:
				if enrp++; enrp == updates {
					before = asap
				}
			}
		}})
		time.Sleep(2 * time.Second)
		peer := b.openReader(server.ENRPAddrs())
		var all []transport.Association
		for range users {
			all = append(all, b.openReader(server.LocalAddrs()))
		}
		at := wire.Transport{Protocol: wire.SCTP, Port: 9901, Addrs: []netip.Addr{netip.MustParseAddr("10.9.9.9")}}
		ids := enrpmsg.IDs{Sender: 0x100}
		b.sendTo(peer, wire.PPIDENRP, &enrpmsg.Presence{IDs: ids, Server: &wire.ServerInformation{ID: ids.Sender, Transport: at}})
		for _, user := range all {
			go func() {
				for range requests {
					b.sendTo(user, wire.PPIDASAP, &asapmsg.HandleResolution{PoolHandle: "p"})
				}
			}()
		}
		for i := range wire.PEID(updates) {
			b.sendTo(peer, wire.PPIDENRP, &enrpmsg.HandleUpdate{IDs: ids, Action: enrpmsg.AddPE, PoolHandle: "p", PoolElement: wire.PoolElement{
				ID: i + 1, HomeID: ids.Sender, RegistrationLife: time.Minute, UserTransport: at, ASAPTransport: &at, Policy: wire.Policy{Type: wire.RoundRobin},
			}})
		}
		await(t, time.Minute, "all is served", func() bool {
			s := stats(t, server)
			return s.ASAP.Resolutions == users*requests && s.ENRP.Updates == updates
		})
		// All updates come at once, and the server takes turns. Fifteen turns of the others
		// in a row are luck.
		if before > 1000 {
			t.Errorf("%d requests were served before %d updates", before, updates)
		}
	})
}
