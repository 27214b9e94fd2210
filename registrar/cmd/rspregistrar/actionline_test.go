package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// memory is a file that keeps what is written.
type memory struct{ strings.Builder }

func (*memory) Close() error { return nil }

// actionLines has an observer see something, and returns the lines without number and
// absolute time.
func actionLines(t *testing.T, config registrar.ElementsConfig, seen ...registrar.Observation) []string {
	t.Helper()
	var out memory
	log := newActionLog(&out, quiet)
	observe := log.observer(config)
	for i, o := range seen {
		o.Observer = 0xa
		o.Time = log.start.Add(time.Duration(i) * time.Second)
		observe(o)
	}
	log.close()
	header, rest, _ := strings.Cut(out.String(), "\n")
	if header+"\n" != actionLogHeader {
		t.Fatalf("header %q", header)
	}
	var lines []string
	for line := range strings.Lines(rest) {
		number, line, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "   ")
		if want := fmt.Sprintf("%06d", len(lines)+1); number != want {
			t.Errorf("line %s, want %s", number, want)
		}
		at, line, _ := strings.Cut(line, " ")
		if want := float64(log.start.Add(time.Duration(len(lines))*time.Second).UnixMicro()) / 1e6; at != fmt.Sprintf("%.6f", want) {
			t.Errorf("line %s is of %s, want %f", number, at, want)
		}
		lines = append(lines, line)
	}
	return lines
}

// actionTests are observations with their lines.
var actionTests = []struct {
	seen registrar.Observation
	want string
}{
	{
		registrar.Observation{ASAP: &asapmsg.Registration{PoolHandle: "p", PoolElement: wire.PoolElement{ID: 0x11}}},
		`"Recv" "ASAP" "Registration" "Requested"   0x0 0 0.000000   "p" 0x11   0xa 0x0 0x0   0`,
	},
	{
		registrar.Observation{Sent: true, ASAP: &asapmsg.RegistrationResponse{Reject: true, PoolHandle: "p", PEID: 0x11, Causes: []wire.ErrorCause{{Code: wire.CauseInconsistentPolicy}}}},
		`"Send" "ASAP" "RegistrationResponse" "Requested"   0x1 0 0.000000   "p" 0x11   0xa 0x0 0x0   5`,
	},
	{
		registrar.Observation{Sent: true, ASAP: &asapmsg.EndpointKeepAlive{ServerID: 0xa, PoolHandle: "p", PEID: 0x11}},
		`"Send" "ASAP" "EndpointKeepAlive" "KeepAliveTransmissionTimer"   0x0 0 5.000000   "p" 0x11   0xa 0x0 0x0   0`,
	},
	{
		registrar.Observation{ASAP: &asapmsg.EndpointKeepAliveAck{PoolHandle: "p", PEID: 0x11}},
		`"Recv" "ASAP" "EndpointKeepAliveAck" "InTime"   0x0 0 1.000000   "p" 0x11   0x0 0x0 0x0   0`,
	},
	{
		registrar.Observation{ASAP: &asapmsg.EndpointKeepAliveAck{PoolHandle: "p", PEID: 0x11}}, // Nobody has asked.
		`"Recv" "ASAP" "EndpointKeepAliveAck" ""   0x0 0 0.000000   "p" 0x11   0x0 0x0 0x0   0`,
	},
	{
		registrar.Observation{ASAP: &asapmsg.EndpointKeepAlive{ServerID: 0xb, PoolHandle: "q", PEID: 0x12}}, // Not by this registrar.
		`"Recv" "ASAP" "EndpointKeepAlive" "KeepAliveTransmissionTimer"   0x0 0 5.000000   "q" 0x12   0xb 0x0 0x0   0`,
	},
	{
		registrar.Observation{ASAP: &asapmsg.EndpointKeepAliveAck{PoolHandle: "q", PEID: 0x12}},
		`"Recv" "ASAP" "EndpointKeepAliveAck" ""   0x0 0 0.000000   "q" 0x12   0x0 0x0 0x0   0`,
	},
	{
		registrar.Observation{ASAP: &asapmsg.HandleResolution{PoolHandle: "p"}},
		`"Recv" "ASAP" "HandleResolution" "Requested"   0x0 3 0.000000   "p" 0x0   0x0 0x0 0x0   0`,
	},
	{
		registrar.Observation{ASAP: &asapmsg.HandleResolution{PoolHandle: "p", Items: 1, Subscribe: true}},
		`"Recv" "ASAP" "HandleResolution" "Requested"   0x1 1 0.000000   "p" 0x0   0x0 0x0 0x0   0`,
	},
	{
		registrar.Observation{Sent: true, ASAP: &asapmsg.HandleResolutionResponse{PoolHandle: "p", PoolElements: []wire.PoolElement{{ID: 0x12}, {ID: 0x11}}}},
		`"Send" "ASAP" "HandleResolutionResponse" "Requested"   0x0 2 0.000000   "p" 0x12   0x0 0x0 0x0   0`,
	},
	{
		registrar.Observation{Sent: true, ASAP: &asapmsg.HandleResolutionResponse{PoolHandle: "\"\n", Causes: []wire.ErrorCause{{Code: wire.CauseUnknownPoolHandle}}}},
		`"Send" "ASAP" "HandleResolutionResponse" "Requested"   0x0 0 0.000000   "\"\n" 0x0   0x0 0x0 0x0   9`,
	},
	{
		registrar.Observation{ASAP: &asapmsg.EndpointUnreachable{PoolHandle: "p", PEID: 0x11}},
		`"Recv" "ASAP" "EndpointUnreachable" ""   0x0 0 0.000000   "p" 0x11   0x0 0x0 0x0   0`,
	},
	{
		registrar.Observation{ASAP: &asapmsg.EndpointUnreachable{PoolHandle: "p", PEID: 0x11}},
		`"Recv" "ASAP" "EndpointUnreachable" ""   0x0 1 0.000000   "p" 0x11   0x0 0x0 0x0   0`,
	},
	{
		registrar.Observation{ASAP: &asapmsg.Deregistration{PoolHandle: "p", PEID: 0x11}},
		`"Recv" "ASAP" "Deregistration" "Requested"   0x0 0 0.000000   "p" 0x11   0xa 0x0 0x0   0`,
	},
	{
		registrar.Observation{Sent: true, ASAP: &asapmsg.DeregistrationResponse{PoolHandle: "p", PEID: 0x11}},
		`"Send" "ASAP" "DeregistrationResponse" "Requested"   0x0 0 0.000000   "p" 0x11   0xa 0x0 0x0   0`,
	},
	{
		registrar.Observation{Sent: true, Multicast: true, ASAP: &asapmsg.ServerAnnounce{ServerID: 0xa}},
		`"Send" "MulticastASAP" "Announce" ""   0x0 0 0.000000   "" 0x0   0xa 0x0 0x0   0`,
	},
	{
		registrar.Observation{Removed: &registrar.Removal{Pool: "p", ID: 0x11, Reason: registrar.RemovedAssociation}},
		`"Send" "ASAP" "Deregistration" "Disconnect"   0x0 0 0.000000   "p" 0x11   0xa 0x0 0x0   0`,
	},
	{
		registrar.Observation{Removed: &registrar.Removal{Pool: "p", ID: 0x11, Reason: registrar.RemovedKeepAlive}},
		`"Send" "ASAP" "Deregistration" "KeepAliveTimeoutTimer"   0x0 0 5.000000   "p" 0x11   0xa 0x0 0x0   0`,
	},
	{
		registrar.Observation{Removed: &registrar.Removal{Pool: "p", ID: 0x11, Reason: registrar.RemovedLife}},
		`"Send" "ASAP" "Deregistration" "ExpiryTimer"   0x0 0 0.000000   "p" 0x11   0xa 0x0 0x0   0`,
	},
	{
		registrar.Observation{Multicast: true, ENRP: &enrpmsg.Presence{IDs: enrpmsg.IDs{Sender: 0xb}}},
		`"Recv" "MulticastENRP" "Presence" ""   0x0 0 0.000000   "" 0x0   0xb 0x0 0x0   0`,
	},
	{
		registrar.Observation{Sent: true, ENRP: &enrpmsg.Presence{IDs: enrpmsg.IDs{Sender: 0xa, Receiver: 0xb}, ReplyRequired: true}},
		`"Send" "ENRP" "Presence" ""   0x1 0 0.000000   "" 0x0   0xa 0xb 0x0   0`,
	},
	{
		registrar.Observation{Sent: true, ENRP: &enrpmsg.ListRequest{IDs: enrpmsg.IDs{Sender: 0xa, Receiver: 0xb}}},
		`"Send" "ENRP" "ListRequest" ""   0x0 0 0.000000   "" 0x0   0xa 0xb 0x0   0`,
	},
	{
		registrar.Observation{ENRP: &enrpmsg.ListResponse{IDs: enrpmsg.IDs{Sender: 0xb, Receiver: 0xa}, Servers: make([]wire.ServerInformation, 2)}},
		`"Recv" "ENRP" "ListResponse" ""   0x0 2 0.000000   "" 0x0   0xb 0xa 0x0   0`,
	},
	{
		registrar.Observation{ENRP: &enrpmsg.HandleTableRequest{IDs: enrpmsg.IDs{Sender: 0xb, Receiver: 0xa}, OwnChildrenOnly: true}},
		`"Recv" "ENRP" "HandleTableRequest" ""   0x1 0 0.000000   "" 0x0   0xb 0xa 0x0   0`,
	},
	{
		registrar.Observation{Sent: true, ENRP: &enrpmsg.HandleTableResponse{
			IDs: enrpmsg.IDs{Sender: 0xa, Receiver: 0xb}, MoreToSend: true,
			Entries: []enrpmsg.PoolEntry{{PoolElements: make([]wire.PoolElement, 2)}, {PoolElements: make([]wire.PoolElement, 1)}},
		}},
		`"Send" "ENRP" "HandleTableResponse" ""   0x2 3 0.000000   "" 0x0   0xa 0xb 0x0   0`,
	},
	{
		registrar.Observation{Sent: true, ENRP: &enrpmsg.HandleUpdate{IDs: enrpmsg.IDs{Sender: 0xa}, PoolHandle: "p", PoolElement: wire.PoolElement{ID: 0x11}}},
		`"Send" "ENRP" "Update" "AddPE"   0x0 0 0.000000   "p" 0x11   0xa 0x0 0x0   0`,
	},
	{
		registrar.Observation{ENRP: &enrpmsg.HandleUpdate{IDs: enrpmsg.IDs{Sender: 0xb, Receiver: 0xa}, Action: enrpmsg.DelPE, PoolHandle: "p", PoolElement: wire.PoolElement{ID: 0x11}}},
		`"Recv" "ENRP" "Update" "DelPE"   0x0 0 0.000000   "p" 0x11   0xb 0xa 0x0   0`,
	},
	{
		registrar.Observation{Sent: true, ENRP: &enrpmsg.InitTakeover{IDs: enrpmsg.IDs{Sender: 0xa, Receiver: 0xc}, TargetID: 0xb}},
		`"Send" "ENRP" "InitTakeover" ""   0x0 0 0.000000   "" 0x0   0xa 0xc 0xb   0`,
	},
	{
		registrar.Observation{ENRP: &enrpmsg.InitTakeoverAck{IDs: enrpmsg.IDs{Sender: 0xc, Receiver: 0xa}, TargetID: 0xb}},
		`"Recv" "ENRP" "InitTakeoverAck" ""   0x0 0 0.000000   "" 0x0   0xc 0xa 0xb   0`,
	},
	{
		registrar.Observation{Sent: true, ENRP: &enrpmsg.TakeoverServer{IDs: enrpmsg.IDs{Sender: 0xa, Receiver: 0xc}, TargetID: 0xb}},
		`"Send" "ENRP" "TakeoverServer" ""   0x0 0 0.000000   "" 0x0   0xa 0xc 0xb   0`,
	},
}

func TestActionLines(t *testing.T) {
	t.Parallel()
	var seen []registrar.Observation
	for _, tt := range actionTests {
		seen = append(seen, tt.seen)
	}
	lines := actionLines(t, registrar.ElementsConfig{}, seen...)
	if len(lines) != len(seen) {
		t.Fatalf("%d lines of %d observations", len(lines), len(seen))
	}
	for i, tt := range actionTests {
		if want := fmt.Sprintf("%d.000000   %s", i, tt.want); lines[i] != want {
			t.Errorf("got  %s\nwant %s", lines[i], want)
		}
	}
}

// TestActionWords compares the words, and where there are numbers that are not 0, with
// testdata/actions.txt: lines of the log of Debian's rspregistrar, one of each kind.
func TestActionWords(t *testing.T) {
	t.Parallel()
	deployed, err := os.ReadFile("testdata/actions.txt")
	if err != nil {
		t.Fatal(err)
	}
	header, rest, _ := strings.Cut(string(deployed), "\n")
	if header+"\n" != actionLogHeader {
		t.Errorf("its header is %q", header)
	}
	known := make(map[string]bool)
	for line := range strings.Lines(rest) {
		known[strings.Join(strings.Fields(line)[4:7], " ")] = true
	}
	ours := make(map[string]bool)
	for _, tt := range actionTests {
		words := strings.Join(strings.Fields(tt.want)[1:4], " ")
		ours[words] = true
		if words != `"ASAP" "EndpointKeepAliveAck" ""` && !known[words] {
			t.Errorf("the deployed registrar has no %s", words)
		}
	}
	for words := range known {
		if !ours[words] {
			t.Errorf("we have no %s", words)
		}
	}
}

// What another line tells already has none of its own.
func TestActionsThatAreTold(t *testing.T) {
	t.Parallel()
	for _, reason := range []registrar.RemoveReason{registrar.RemovedDeregistered, registrar.RemovedReports} {
		if lines := actionLines(t, registrar.ElementsConfig{}, registrar.Observation{Removed: &registrar.Removal{Reason: reason}}); len(lines) > 0 {
			t.Errorf("%v: %q", reason, lines)
		}
	}
	own := registrar.Observation{Multicast: true, ENRP: &enrpmsg.Presence{IDs: enrpmsg.IDs{Sender: 0xa}}}
	if lines := actionLines(t, registrar.ElementsConfig{}, own); len(lines) > 0 {
		t.Errorf("own Presence: %q", lines)
	}
	config := registrar.ElementsConfig{MaxResolutionItems: 7, KeepAliveTimeout: time.Second}
	lines := actionLines(
		t, config,
		registrar.Observation{ASAP: &asapmsg.HandleResolution{}},
		registrar.Observation{ASAP: &asapmsg.EndpointKeepAlive{Home: true}},
	)
	if len(lines) != 2 || !strings.Contains(lines[0], `"Requested"   0x0 7 `) || !strings.Contains(lines[1], `"EndpointKeepAlive" ""   0x1 0 1.000000 `) {
		t.Errorf("%q", lines)
	}
}
