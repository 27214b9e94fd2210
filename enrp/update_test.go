package enrp

import (
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// Renewals without changes are announced in turns, if the element registers at least twice in
// four fifths of its life. All other changes are announced.
func TestRenewals(t *testing.T) {
	t.Parallel()
	const update = "send 1: update ADD_PE p/0x00000001@0x00000020 to 0x00000000"
	for _, tc := range []struct {
		name   string
		pause  time.Duration // between registrations of a life of ten seconds
		change bool
		want   []int // number of announcements of each registration
	}{
		{name: "often", pause: 4 * time.Second, want: []int{1, 0, 1, 0, 1}},
		{name: "rarely", pause: 4*time.Second + 1, want: []int{1, 1, 1, 1, 1}},
		{name: "changes", pause: time.Second, change: true, want: []int{1, 1, 1, 1, 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := startBed(t, Config{MaxTimeLastHeard: time.Hour})
			b.addPeer(1, idPeer)
			for i, n := range tc.want {
				pe := element(1, self, 10*time.Second)
				if tc.change {
					pe.UserTransport.Port = uint16(1 + i)
				}
				if _, _, err := b.hs.Register(b.now, "p", &pe, 1); err != nil {
					t.Fatal(err)
				}
				got := describeAll(b.Flush(b.now))
				if len(got) != n || n == 1 && got[0] != update {
					t.Errorf("registration %d: %q", i, got)
				}
				b.now = b.now.Add(tc.pause)
			}
		})
	}
}

// Only changes of our own elements are announced, and none while we leave.
func TestHandleChange(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{})
	b.addPeer(1, idPeer)
	change := func(kind handlespace.ChangeKind, home wire.ServerID) []string {
		pe := element(9, home, time.Minute)
		other := handlespace.New(handlespace.Config{Rand: b.own.random})
		e, _, err := other.Register(b.now, "p", &pe, 1)
		if err != nil {
			t.Fatal(err)
		}
		b.Changed(handlespace.Change{Kind: kind, Element: e})
		return describeAll(b.Flush(b.now))
	}
	const added = "send 1: update ADD_PE p/0x00000009@0x00000020 to 0x00000000"
	const removed = "send 1: update DEL_PE p/0x00000009@0x00000020 to 0x00000000"
	expect(t, change(handlespace.Created, self), added)
	expect(t, change(handlespace.Updated, self), added)
	expect(t, change(handlespace.Removed, self), removed)
	expect(t, change(handlespace.Created, idPeer))
	expect(t, change(handlespace.Removed, idPeer))
	b.editor.isApplying = true
	expect(t, change(handlespace.Created, self))
	b.editor.isApplying = false
	b.feed(Leave{})
	expect(t, change(handlespace.Created, self))
	expect(t, change(handlespace.Removed, self))
}

// An update is taken in if it is about an element of its sender.
func TestHandleUpdate(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		action enrpmsg.UpdateAction
		home   wire.ServerID // in the message
		before wire.ServerID // home before; 0: unknown
		after  wire.ServerID
	}{
		{name: "add", home: idPeer, after: idPeer},
		{name: "add again", home: idPeer, before: idPeer, after: idPeer},
		{name: "moved", home: idPeer, before: idOther, after: idPeer},
		{name: "add for another registrar", home: idOther},
		{name: "add for us", home: self},
		{name: "delete", action: enrpmsg.DelPE, home: idPeer, before: idPeer},
		{name: "delete again", action: enrpmsg.DelPE, home: idPeer},
		{name: "late delete", action: enrpmsg.DelPE, home: idPeer, before: idOther, after: idOther},
		{name: "delete for another registrar", action: enrpmsg.DelPE, home: idOther, before: idOther, after: idOther},
		{name: "unknown action", action: 7, home: idPeer, before: idPeer, after: idPeer},
		{name: "unknown action, unknown element", action: 7, home: idPeer},
	} {
		b := startBed(t, Config{})
		b.addPeer(1, idPeer)
		b.addPeer(2, idOther)
		if tc.before != 0 {
			b.addElement("p", 1, tc.before)
		}
		got := b.receive(1, &enrpmsg.HandleUpdate{
			IDs: enrpmsg.IDs{Sender: idPeer}, Action: tc.action, PoolHandle: "p", PoolElement: element(1, tc.home, time.Minute),
		})
		var after wire.ServerID
		if e := b.hs.Find("p", 1); e != nil {
			after = e.HomeID()
		}
		if after != tc.after || len(got) != 0 || b.Counts().Updates != 1 {
			t.Errorf("%s: home %v, actions %q", tc.name, after, got)
		}
	}
}

// An element is suggested to the active peer with the best matching identifier, unless ours
// matches better.
func TestSuggest(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{SuggestTakeovers: true})
	b.addPeer(2, 0x8000_0000)
	b.addPeer(3, 0xffff_0000)
	for _, tc := range []struct {
		id   wire.PEID
		want string
	}{
		{id: 0x0000_0001, want: "send 3: update ADD_PE p/0x00000001@0x00000020 suggested to 0x00000000"},
		{id: 0x0fff_0001, want: "send 3: update ADD_PE p/0x0fff0001@0x00000020 suggested to 0x00000000"},
		{id: 0x7fff_0001, want: "send 2: update ADD_PE p/0x7fff0001@0x00000020 suggested to 0x00000000"},
		{id: 0xf000_0001},
	} {
		pe := element(tc.id, self, time.Minute)
		if _, _, err := b.hs.Register(b.now, "p", &pe, 1); err != nil {
			t.Fatal(err)
		}
		got := describeAll(b.Flush(b.now))
		if tc.want == "" && len(got) != 2 || tc.want != "" && (len(got) != 3 || got[2] != tc.want) {
			t.Errorf("%v: %q", tc.id, got)
		}
	}
}
