package handletable

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"unsafe"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// size returns the memory of a table.
func (t *Table) size() (n int) {
	transport := func(t *wire.Transport) { n += cap(t.Addrs)*int(unsafe.Sizeof(netip.Addr{})) + cap(t.Opaque) }
	for i := range t.Peers {
		n += int(unsafe.Sizeof(t.Peers[i]))
		transport(&t.Peers[i].Transport)
	}
	for _, e := range t.Elements {
		n += int(unsafe.Sizeof(e)+unsafe.Sizeof(*e.PoolElement)) + len(e.Policy.Extra)
		transport(&e.UserTransport)
		if e.ASAPTransport != nil {
			n += int(unsafe.Sizeof(*e.ASAPTransport))
			transport(e.ASAPTransport)
		}
	}
	return n
}

// FuzzInquiry hands messages to an inquiry, each behind its length in 2 octets, and asserts that the
// inquiry holds no more memory than allowed, and that its table is sorted and without repetition.
func FuzzInquiry(f *testing.F) {
	for _, messages := range [][]enrpmsg.Message{
		{&enrpmsg.Presence{IDs: ids, Checksum: 1}, &enrpmsg.ListResponse{IDs: ids}, newPart(false, "a", newElement(1, 1))},
		{newPart(true, "b", newElement(2, 1), newElement(1, 1)), newPart(true, "a", newElement(3, 1)), newPart(false, "b", newElement(2, 2))},
		{newPart(true, "")},
		{&enrpmsg.HandleTableResponse{IDs: ids, Reject: true}},
	} {
		var data []byte
		for _, m := range messages {
			b, err := m.AppendBinary(nil)
			if err != nil {
				f.Fatal(err)
			}
			data = append(binary.BigEndian.AppendUint16(data, uint16(len(b))), b...)
		}
		f.Add(data)
	}
	const maxMemory = 16384
	f.Fuzz(func(t *testing.T, data []byte) {
		q := &inquiry{maxMemory: maxMemory}
		for len(data) >= 2 && !q.isComplete() {
			n := min(2+int(binary.BigEndian.Uint16(data)), len(data))
			msg, err := enrpmsg.Parse(data[2:n])
			if err != nil {
				break
			}
			wantsMore, err := q.handleMessage(msg, n-2)
			if err != nil {
				break
			}
			if wantsMore && q.hasTable {
				t.Fatal("more is wanted of a complete table")
			}
			data = data[n:]
		}
		if size := q.table.size(); size > maxMemory {
			t.Fatalf("%d elements and %d peers in %d octets of memory", len(q.table.Elements), len(q.table.Peers), size)
		}
		q.table.sort()
		for i := 1; i < len(q.table.Elements); i++ {
			if compare(q.table.Elements[i-1], q.table.Elements[i]) >= 0 {
				t.Fatalf("elements %d and %d are not in order", i-1, i)
			}
		}
	})
}
