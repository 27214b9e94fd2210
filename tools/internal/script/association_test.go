package script

import (
	"net/netip"
	"testing"

	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/tools/sctpchunk"
)

var (
	client  = netip.MustParseAddrPort("192.0.2.1:1000")
	client2 = netip.MustParseAddrPort("198.51.100.1:1000") // the same host
	server  = netip.MustParseAddrPort("192.0.2.9:3863")
	server2 = netip.MustParseAddrPort("198.51.100.9:3863")
)

const clientTag, serverTag = 0xc, 0x5

// handshake opens an association.
func handshake(t *associations) {
	t.begin(decode.Signal{Type: sctpchunk.TypeInit, Src: client, Dst: server, Initiate: clientTag})
	t.begin(decode.Signal{Type: sctpchunk.TypeInitAck, Src: server, Dst: client, Tag: clientTag, Initiate: serverTag})
}

func data(src, dst netip.AddrPort, tag uint32) *decode.Record {
	return &decode.Record{Src: src, Dst: dst, Tag: tag}
}

// The tags tell association and direction, whatever the addresses are.
func TestTags(t *testing.T) {
	t.Parallel()
	table := newAssociations()
	handshake(&table)
	there, back := table.of(data(client, server, serverTag)), table.of(data(server, client, clientTag))
	other := table.of(data(client2, server2, serverTag))
	if there.association != back.association || there.association != other.association {
		t.Error("several associations")
	}
	if !there.fromOpener || back.fromOpener || !other.fromOpener {
		t.Error("wrong direction")
	}
	if fresh := table.of(data(client, server, 0x77)); fresh.association == there.association {
		t.Error("a packet with another tag is of the association")
	}
}

// Without the beginning, the addresses tell the association.
func TestWithoutBeginning(t *testing.T) {
	t.Parallel()
	table := newAssociations()
	there, back := table.of(data(client, server, serverTag)), table.of(data(server, client, clientTag))
	if there.association != back.association || !there.fromOpener || back.fromOpener {
		t.Errorf("%+v, %+v", there, back)
	}
	d, ok := table.end(decode.Signal{Type: sctpchunk.TypeShutdown, Src: server, Dst: client, Tag: clientTag})
	if !ok || d.association != there.association || d.fromOpener {
		t.Errorf("%+v, %v", d, ok)
	}
	if _, ok := table.end(decode.Signal{Type: sctpchunk.TypeShutdown, Src: client, Dst: server, Tag: serverTag}); ok {
		t.Error("it ends twice")
	}
	if next := table.of(data(client, server, 0x99)); next.association == there.association {
		t.Error("a later association is the one that has ended")
	}
}

// Who ends the association is its sender. An ABORT with a reflected tag counts if it comes from an
// address of the association: a host without the association sends one from any of its addresses.
func TestEnd(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		signal         decode.Signal
		ok, fromOpener bool
	}{
		"shutdown by the client": {decode.Signal{Type: sctpchunk.TypeShutdown, Src: client, Dst: server, Tag: serverTag}, true, true},
		"abort by the server":    {decode.Signal{Type: sctpchunk.TypeAbort, Src: server, Dst: client, Tag: clientTag}, true, false},
		"at another address":     {decode.Signal{Type: sctpchunk.TypeAbort, Src: client2, Dst: server2, Tag: serverTag}, true, true},
		"reflected":              {decode.Signal{Type: sctpchunk.TypeAbort, Src: client, Dst: server, Tag: clientTag, Reflected: true}, true, true},
		"reflected by a stranger": {
			decode.Signal{Type: sctpchunk.TypeAbort, Src: client2, Dst: server2, Tag: clientTag, Reflected: true}, false, false,
		},
		"another tag": {decode.Signal{Type: sctpchunk.TypeAbort, Src: client, Dst: server, Tag: 0x77}, false, false},
	} {
		table := newAssociations()
		handshake(&table)
		if d, ok := table.end(test.signal); ok != test.ok || d.fromOpener != test.fromOpener {
			t.Errorf("%s: %+v, %v", name, d, ok)
		}
	}
}

// An INIT that is sent again opens nothing. Another INIT takes the place of the association.
func TestInitAgain(t *testing.T) {
	t.Parallel()
	table := newAssociations()
	init := decode.Signal{Type: sctpchunk.TypeInit, Src: client, Dst: server, Initiate: clientTag}
	handshake(&table)
	if old := table.begin(init); old != nil {
		t.Errorf("an INIT that is sent again takes the place of %+v", old)
	}
	first := table.of(data(client, server, serverTag))
	first.number = 1
	if old := table.begin(init); old != first.association || !first.ended {
		t.Errorf("the same INIT later takes the place of %+v", old)
	}
	second := table.of(data(server, client, clientTag))
	init.Initiate++
	if old := table.begin(init); old != second.association {
		t.Errorf("another INIT takes the place of %+v", old)
	}
}

// The table forgets the associations that were silent for longest.
func TestForgets(t *testing.T) {
	t.Parallel()
	table := newAssociations()
	for tag := range uint32(3 * maxAssociations) {
		table.of(data(client, server, tag+1))
		table.tags.get(tagKey{1, client.Port(), server.Port()})
	}
	if n := len(table.tags.young) + len(table.tags.old); n > 2*maxAssociations {
		t.Errorf("%d tags are kept", n)
	}
	if _, ok := table.tags.get(tagKey{1, client.Port(), server.Port()}); !ok {
		t.Error("the tag in use is forgotten")
	}
	if _, ok := table.tags.get(tagKey{2, client.Port(), server.Port()}); ok {
		t.Error("the silent tag is kept")
	}
}
