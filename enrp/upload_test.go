package enrp

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// requestTable sends a Handle Table Request of the peer on association 1, and returns the
// parsed answer.
func requestTable(b *bed, isOwn bool) *enrpmsg.HandleTableResponse {
	b.t.Helper()
	request := &enrpmsg.HandleTableRequest{IDs: enrpmsg.IDs{Sender: idPeer}, OwnChildrenOnly: isOwn}
	actions := b.feed(Received{Assoc: 1, Message: request})
	if len(actions) != 1 {
		b.t.Fatalf("%d answers", len(actions))
	}
	octets, err := actions[0].(step.Send).Message.AppendBinary(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	answer, err := enrpmsg.Parse(octets)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer.(*enrpmsg.HandleTableResponse)
}

// listElements returns the elements of a table in the order of the table.
func listElements(table *enrpmsg.HandleTableResponse) []string {
	var names []string
	for _, entry := range table.Entries {
		for i := range entry.PoolElements {
			pe := &entry.PoolElements[i]
			names = append(names, fmt.Sprintf("%v/%d@%d", entry.PoolHandle, pe.ID, pe.HomeID))
		}
	}
	return names
}

// A table in parts has every element exactly once, and no part has more elements than
// configured. Only the last part does not announce more.
func TestTableInParts(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		size, parts int
		isOwn       bool
		want        int
	}{
		{size: 1, parts: 7, want: 7},
		{size: 3, parts: 3, want: 7},
		{size: 7, parts: 1, want: 7},
		{size: 128, parts: 1, want: 7},
		{size: 2, parts: 2, isOwn: true, want: 4},
	} {
		b := startBed(t, Config{MaxTableElements: tc.size})
		b.addPeer(1, idPeer)
		for i := range wire.PEID(4) {
			b.addElement([]wire.PoolHandle{"p", "q"}[i%2], i+1, self)
		}
		for i := range wire.PEID(3) {
			b.addElement("p", i+10, idPeer)
		}
		var all []string
		for part := 1; ; part++ {
			table := requestTable(b, tc.isOwn)
			names := listElements(table)
			if len(names) > tc.size {
				t.Errorf("%+v: part of %d elements", tc, len(names))
			}
			all = append(all, names...)
			if !table.MoreToSend {
				if part != tc.parts {
					t.Errorf("%+v: %d parts", tc, part)
				}
				break
			}
		}
		slices.Sort(all)
		if n := len(slices.Compact(slices.Clone(all))); n != tc.want || len(all) != tc.want {
			t.Errorf("%+v: %d elements, %d different: %v", tc, len(all), n, all)
		}
	}
}

// A part of a table is bounded in octets, whatever its elements: the next part begins with the
// element that does not fit.
func TestTableOfLargeElements(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{})
	b.addPeer(1, idPeer)
	for i := range wire.PEID(20) {
		pe := element(i+1, self, time.Hour)
		lengthen(&pe, handlespace.MaxElementLen)
		if _, _, err := b.hs.Register(b.now, "p", &pe, 1); err != nil {
			t.Fatal(err)
		}
	}
	b.Flush(b.now)
	for i, want := range []int{7, 7, 6} {
		table := requestTable(b, false)
		if got := len(listElements(table)); got != want || table.MoreToSend != (i < 2) {
			t.Errorf("part %d: %d elements, more %v", i, got, table.MoreToSend)
		}
	}
}

// A table goes on with each request, and starts over after the end, after a request of the
// other kind, after a long pause, and on another association.
func TestTableStartsOver(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		do     func(b *bed)
		isOwn  bool
		second wire.PEID // the element in the second part
	}{
		{name: "goes on", do: func(*bed) {}, second: 2},
		{name: "short pause", do: func(b *bed) { b.now = b.now.Add(uploadTimeout) }, second: 2},
		{name: "long pause", do: func(b *bed) { b.now = b.now.Add(uploadTimeout + 1) }, second: 1},
		{name: "other kind", do: func(*bed) {}, isOwn: true, second: 1},
		{name: "end", do: func(b *bed) { requestTable(b, false); requestTable(b, false) }, second: 1},
		{name: "other association", do: func(b *bed) {
			b.feed(step.Down{Assoc: 1})
			b.up(1, idPeer)
			b.receive(1, presenceOf(idPeer))
		}, second: 1},
	} {
		b := startBed(t, Config{MaxTableElements: 1})
		b.addPeer(1, idPeer)
		for i := range wire.PEID(3) {
			b.addElement("p", i+1, self)
		}
		expect(t, listElements(requestTable(b, false)), "p/1@32")
		tc.do(b)
		got := listElements(requestTable(b, tc.isOwn))
		if want := fmt.Sprintf("p/%d@32", tc.second); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %v, want %s", tc.name, got, want)
		}
	}
}

// Each peer has a table of its own.
func TestTablesOfTwoPeers(t *testing.T) {
	t.Parallel()
	u := &uploads{own: startBed(t, Config{MaxTableElements: 1}).own, out: &outbox{}}
	for i := range wire.PEID(2) {
		pe := element(i+1, self, time.Hour)
		if _, _, err := u.own.hs.Register(time.Time{}, "p", &pe, 1); err != nil {
			t.Fatal(err)
		}
	}
	var first, second upload
	request := &enrpmsg.HandleTableRequest{IDs: enrpmsg.IDs{Sender: idPeer}}
	u.handleRequest(time.Time{}, &first, 1, request)
	u.handleRequest(time.Time{}, &first, 1, request)
	u.handleRequest(time.Time{}, &second, 2, request)
	expect(t, describeAll(u.out.take()),
		"send 1: table-response more p/0x00000001@0x00000020 to 0x00000030",
		"send 1: table-response p/0x00000002@0x00000020 to 0x00000030",
		"send 2: table-response more p/0x00000001@0x00000020 to 0x00000030")
	if first.isRunning || !second.isRunning || u.own.counts.TableRequests != 3 {
		t.Errorf("%+v, %+v, %d requests", first, second, u.own.counts.TableRequests)
	}
}
