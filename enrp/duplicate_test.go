package enrp

import (
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// ownPresence returns a Presence with our identifier from an endpoint.
func ownPresence(at string, replyRequired bool) *enrpmsg.Presence {
	return &enrpmsg.Presence{
		IDs:           enrpmsg.IDs{Sender: self},
		ReplyRequired: replyRequired,
		Server:        &wire.ServerInformation{ID: self, Transport: transportOf(endpoint(at), false)},
	}
}

// A multicast Presence with our identifier is our own, if it comes from one of our addresses
// or names them only.
func TestDuplicateByMulticast(t *testing.T) {
	t.Parallel()
	const answer = "multicast: presence checksum ffff at 10.0.0.1:9901 to 0x00000000"
	for _, tc := range []struct {
		name   string
		source string
		msg    *enrpmsg.Presence
		want   []string
	}{
		{name: "own", source: "10.0.0.1:5000", msg: ownPresence("10.0.0.1:9901", true)},
		{name: "own, through another interface", source: "10.0.9.1:5000", msg: ownPresence("10.0.0.1:9901", true)},
		{name: "own, with an address that is gone", source: "10.0.0.1:5000", msg: ownPresence("10.0.7.7:9901", true)},
		{name: "without an address", source: "10.0.0.9:5000", msg: &enrpmsg.Presence{IDs: enrpmsg.IDs{Sender: self}}},
		{name: "another host", source: "10.0.0.9:5000", msg: ownPresence("10.0.0.9:9901", false), want: []string{"same identifier: 10.0.0.9:9901"}},
		{
			name: "another port, looks for its mentor", source: "10.0.0.1:5000", msg: ownPresence("10.0.0.1:9902", true),
			want: []string{"same identifier: 10.0.0.1:9902", answer},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := startBed(t, Config{})
			got := describeAll(b.feed(Heard{Source: endpoint(tc.source)[0], Message: tc.msg}))
			expect(t, got, tc.want...)
			if isCounted := b.Counts().Duplicates == 1; isCounted != (len(tc.want) > 0) || b.duplicates.isSeen != isCounted {
				t.Errorf("%s: counted %v, seen %v", tc.name, isCounted, b.duplicates.isSeen)
			}
		})
	}
}

// Another registrar is reported once a minute, and answered once a second, however often it
// is heard.
func TestDuplicateRates(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{})
	reports, answers := 0, 0
	for range 1201 { // Two minutes.
		for _, a := range b.feed(Heard{Source: endpoint("10.0.0.9:1")[0], Message: ownPresence("10.0.0.9:9901", true)}) {
			switch a.(type) {
			case Duplicate:
				reports++
			case step.Multicast:
				answers++
			}
		}
		b.now = b.now.Add(100 * time.Millisecond)
	}
	if reports != 3 || answers != 121 || b.Counts().Duplicates != 1201 {
		t.Errorf("%d reports, %d answers, %d Presences", reports, answers, b.Counts().Duplicates)
	}
	b.feed(Leave{})
	actions := b.feed(Heard{Source: endpoint("10.0.0.9:1")[0], Message: ownPresence("10.0.0.9:9901", true)})
	expect(t, describeAll(actions)) // A registrar that leaves does not defend its identifier.
}

func TestDuplicateByMessage(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		msg  enrpmsg.Message
		want []string
	}{
		{name: "no Presence", msg: &enrpmsg.ListRequest{IDs: enrpmsg.IDs{Sender: self}}},
		{name: "own", msg: ownPresence("10.0.0.1:9901", true)},
		{name: "without an address", msg: &enrpmsg.Presence{IDs: enrpmsg.IDs{Sender: self}, ReplyRequired: true}},
		{name: "no reply", msg: ownPresence("10.0.0.9:9901", false), want: []string{"same identifier: 10.0.0.9:9901"}},
		{name: "reply", msg: ownPresence("10.0.0.9:9901", true), want: []string{
			"same identifier: 10.0.0.9:9901",
			"send 7: presence checksum ffff at 10.0.0.1:9901 to 0x00000020",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := startBed(t, Config{})
			b.up(7, 9)
			expect(t, b.receive(7, tc.msg), tc.want...)
			if b.assocs.find(7).speaker != 0 || b.NumPeers() != 0 {
				t.Errorf("%s: a registrar with our identifier became a peer", tc.name)
			}
		})
	}
}
