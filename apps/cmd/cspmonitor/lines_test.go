package main

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/csp"
)

// changes are those of an element that reports, is contested and ends.
func changes() []csp.Change {
	now := time.Date(2026, 11, 22, 22, 0, 23, 281e6, time.UTC)
	element := csp.Component{
		Report: csp.Report{
			SenderID: csp.NewComponentID(csp.GroupPoolElement, 0xdeadbeef), Uptime: 61 * time.Second, Interval: time.Second,
			Location: "pe1: 192.0.2.2:40000", Status: "1 \"Session\"", Workload: csp.NewWorkload(0.5),
			Associations: []csp.Association{{ReceiverID: csp.NewComponentID(csp.GroupRegistrar, 1), Duration: time.Minute, Protocol: csp.ProtocolSCTP, PPID: 11}},
		},
		From: netip.MustParseAddrPort("192.0.2.2:4000"), First: now, Last: now, Reports: 7,
	}
	contested := element
	contested.Contested, contested.Rival = 2, netip.MustParseAddrPort("192.0.2.66:1")
	contested.Omitted, contested.Workload = 3, csp.WorkloadUnknown
	ended := element
	ended.Final = true
	var all []csp.Change
	for _, c := range []struct {
		kind      csp.ChangeKind
		component csp.Component
	}{{csp.Appeared, element}, {csp.Repeated, element}, {csp.Changed, contested}, {csp.Ended, ended}} {
		all = append(all, csp.Change{Time: now, Kind: c.kind, Component: c.component})
	}
	return all
}

func TestText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lines lines
		want  string
	}{
		{lines{maxLocation: 72}, `2026-11-22 22:00:23.281 appeared  PE 0xdeadbeef [pe1: 192.0.2.2:40000] U=00:01:01 A=1 L= 50% "1 \"Session\""
2026-11-22 22:00:23.281 changed   PE 0xdeadbeef [pe1: 192.0.2.2:40000] U=00:01:01 A=4 "1 \"Session\"" (2 reports from 192.0.2.66:1 ignored)
2026-11-22 22:00:23.281 ended     PE 0xdeadbeef [pe1: 192.0.2.2:40000] U=00:01:01 A=1 L= 50% "1 \"Session\""
`},
		{lines{maxLocation: 5, full: true}, `2026-11-22 22:00:23.281 appeared  PE 0xdeadbeef [pe1:…] U=00:01:01 A=1 L= 50% "1 \"Session\"" -> PR 0x00000001 ASAP/SCTP 0:01:00
2026-11-22 22:00:23.281 changed   PE 0xdeadbeef [pe1:…] U=00:01:01 A=4 "1 \"Session\"" -> PR 0x00000001 ASAP/SCTP 0:01:00, -> and 3 more (2 reports from 192.0.2.66:1 ignored)
2026-11-22 22:00:23.281 ended     PE 0xdeadbeef [pe1:…] U=00:01:01 A=1 L= 50% "1 \"Session\"" -> PR 0x00000001 ASAP/SCTP 0:01:00
`},
	} {
		var got strings.Builder
		for _, change := range changes() {
			got.Write(c.lines.change(change))
		}
		if got.String() != c.want {
			t.Errorf("got\n%swant\n%s", got.String(), c.want)
		}
	}
}

// TestJSON has a record for each change, also for repeated reports.
func TestJSON(t *testing.T) {
	t.Parallel()
	const (
		head = `{"time":"2026-11-22T22:00:23.281Z","event":`
		id   = `,"group":"PE","id":"0xdeadbeef","from":"192.0.2.2:4000","location":"pe1: 192.0.2.2:40000","status":"1 \"Session\""`
		rest = `,"uptime":61,"interval":1,"first":"2026-11-22T22:00:23.281Z","last":"2026-11-22T22:00:23.281Z","reports":7`
		load = `,"workload":0.5`
		link = `,"associations":[{"group":"PR","id":"0x00000001","protocol":"SCTP","ppid":11,"application":"ASAP","duration":60}]`
	)
	want := []string{
		head + `"appeared"` + id + rest + load + link + "}\n",
		head + `"repeated"` + id + rest + load + link + "}\n",
		head + `"changed"` + id + rest + link + `,"omitted":3,"contested":2,"rival":"192.0.2.66:1"}` + "\n",
		head + `"ended"` + id + `,"ended":true` + rest + load + link + "}\n",
	}
	l := lines{json: true}
	for i, change := range changes() {
		got := string(l.change(change))
		if got != want[i] || !json.Valid([]byte(got)) {
			t.Errorf("got\n%swant\n%s", got, want[i])
		}
	}
	if got := l.listening(netip.MustParseAddrPort("[::]:2960"), changes()[0].Time); got != head+`"listening","local":"[::]:2960"}`+"\n" {
		t.Errorf("first line %s", got)
	}
}
