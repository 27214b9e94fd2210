package association

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
func handshake(t *Table[int]) {
	t.Begin(decode.Signal{Type: sctpchunk.TypeInit, Src: client, Dst: server, Initiate: clientTag})
	t.Begin(decode.Signal{Type: sctpchunk.TypeInitAck, Src: server, Dst: client, Tag: clientTag, Initiate: serverTag})
}

func data(src, dst netip.AddrPort, tag uint32) *decode.Record {
	return &decode.Record{Src: src, Dst: dst, Tag: tag}
}

// The tags tell association and direction, whatever the addresses are.
func TestTags(t *testing.T) {
	t.Parallel()
	table := New[int]()
	handshake(table)
	there, back := table.Of(data(client, server, serverTag)), table.Of(data(server, client, clientTag))
	other := table.Of(data(client2, server2, serverTag))
	if there.Association != back.Association || there.Association != other.Association {
		t.Error("several associations")
	}
	if !there.FromOpener || back.FromOpener || !other.FromOpener {
		t.Error("wrong direction")
	}
	if fresh := table.Of(data(client, server, 0x77)); fresh.Association == there.Association {
		t.Error("a packet with another tag is of the association")
	}
}

// Without the beginning, the addresses tell the association.
func TestWithoutBeginning(t *testing.T) {
	t.Parallel()
	table := New[int]()
	there, back := table.Of(data(client, server, serverTag)), table.Of(data(server, client, clientTag))
	if there.Association != back.Association || !there.FromOpener || back.FromOpener {
		t.Errorf("%+v, %+v", there, back)
	}
	d, ok := table.End(decode.Signal{Type: sctpchunk.TypeShutdown, Src: server, Dst: client, Tag: clientTag})
	if !ok || d.Association != there.Association || d.FromOpener {
		t.Errorf("%+v, %v", d, ok)
	}
	if _, ok := table.End(decode.Signal{Type: sctpchunk.TypeShutdown, Src: client, Dst: server, Tag: serverTag}); ok {
		t.Error("it ends twice")
	}
	if next := table.Of(data(client, server, 0x99)); next.Association == there.Association {
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
		table := New[int]()
		handshake(table)
		if d, ok := table.End(test.signal); ok != test.ok || d.FromOpener != test.fromOpener {
			t.Errorf("%s: %+v, %v", name, d, ok)
		}
	}
}

// An INIT that is sent again opens nothing. Another INIT takes the place of the association.
func TestInitAgain(t *testing.T) {
	t.Parallel()
	table := New[int]()
	init := decode.Signal{Type: sctpchunk.TypeInit, Src: client, Dst: server, Initiate: clientTag}
	handshake(table)
	if old := table.Begin(init); old != nil {
		t.Errorf("an INIT that is sent again takes the place of %+v", old)
	}
	first := table.Of(data(client, server, serverTag))
	if old := table.Begin(init); old != first.Association || !first.Ended {
		t.Errorf("the same INIT later takes the place of %+v", old)
	}
	second := table.Of(data(server, client, clientTag))
	init.Initiate++
	if old := table.Begin(init); old != second.Association {
		t.Errorf("another INIT takes the place of %+v", old)
	}
}

// The table forgets the associations that were silent for longest.
func TestForgets(t *testing.T) {
	t.Parallel()
	table := New[int]()
	for tag := range uint32(3 * maxAssociations) {
		table.Of(data(client, server, tag+1))
		table.tags.Get(tagKey{1, client.Port(), server.Port()})
	}
	if n := table.tags.Len(); n > 2*maxAssociations {
		t.Errorf("%d tags are kept", n)
	}
	if _, ok := table.tags.Get(tagKey{1, client.Port(), server.Port()}); !ok {
		t.Error("the tag in use is forgotten")
	}
	if _, ok := table.tags.Get(tagKey{2, client.Port(), server.Port()}); ok {
		t.Error("the silent tag is kept")
	}
}
