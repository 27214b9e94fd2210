package registrar_test

import (
	"net/netip"
	"testing"

	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// tellPeer sends an ENRP message.
func (l *link) tellPeer(m enrpmsg.Message) {
	l.t.Helper()
	if err := l.send(encode(l.t, m)); err != nil {
		l.t.Fatal(err)
	}
}

// nextOfPeer returns the next ENRP message of the kind R.
func nextOfPeer[R enrpmsg.Message](l *link) R {
	l.t.Helper()
	for {
		data, err := l.receive()
		if err != nil {
			l.t.Fatal(err)
		}
		answer, err := enrpmsg.Parse(data)
		if err != nil {
			l.t.Fatal(err)
		}
		if r, ok := answer.(R); ok {
			return r
		}
	}
}

// introduce makes the link one with a peer of the server.
func (l *link) introduce(as wire.ServerID, to *registrar.Server) {
	l.t.Helper()
	l.tellPeer(&enrpmsg.Presence{IDs: ids(as, to), ReplyRequired: true, NoChecksum: true, Server: l.information(as)})
	nextOfPeer[*enrpmsg.Presence](l)
}

func (l *link) information(id wire.ServerID) *wire.ServerInformation {
	return &wire.ServerInformation{ID: id, Transport: wire.Transport{Protocol: wire.SCTP, Port: l.local.Port(), Addrs: []netip.Addr{l.local.Addr()}}}
}

// update returns a Handle Update about an element.
func (l *link) update(from wire.ServerID, to *registrar.Server, action enrpmsg.UpdateAction, pool wire.PoolHandle, id wire.PEID, home wire.ServerID) *enrpmsg.HandleUpdate {
	pe := l.element(id, home)
	pe.ASAPTransport = &wire.Transport{Protocol: wire.SCTP, Port: 9, Addrs: []netip.Addr{elsewhere}}
	return &enrpmsg.HandleUpdate{IDs: ids(from, to), Action: action, PoolHandle: pool, PoolElement: pe}
}

// awaitAnswer waits until the server has dealt with all that was sent before.
func (l *link) awaitAnswer(from wire.ServerID, server *registrar.Server) {
	l.t.Helper()
	l.tellPeer(&enrpmsg.ListRequest{IDs: ids(from, server)})
	nextOfPeer[*enrpmsg.ListResponse](l)
}

func asASAPFrom(t *testing.T, from netip.Addr, server *registrar.Server) *link {
	t.Helper()
	return dialFrom(t, from, wire.PPIDASAP, server.LocalAddrs())
}
