package dissect

import (
	"encoding/binary"
	"time"

	"github.com/rserpool-go/rserpool/csp"
)

// Where the fields of a report are.
const (
	cspSender       = 8
	cspUptime       = 16
	cspInterval     = 24
	cspLocation     = 28
	cspStatus       = 156
	cspWorkload     = 284
	cspAssociations = 286
	cspEntries      = 288
	cspEntryLen     = 24
)

func cspTree(m *Message) Tree {
	var t Tree
	b := m.Octets
	if len(b) >= cspSender {
		t.frame("type", hex8(b[0]), 0, 1)
		t.frame("length", uint64(binary.BigEndian.Uint16(b[2:])), 2, 2)
		t.frame("version", hex32(binary.BigEndian.Uint32(b[4:])), 4, 4)
	}
	r, ok := m.parsed.(*csp.Report)
	if !ok || r == nil {
		return t
	}
	t.add("final", r.Final, 1, 1)
	t.add("sender_id", r.SenderID.String(), cspSender, 8)
	t.add("sender_group", r.SenderID.Group().String(), cspSender, 1)
	t.add("uptime_ms", milliseconds(r.Uptime), cspUptime, 8)
	t.add("interval_ms", milliseconds(r.Interval), cspInterval, 4)
	t.add("location", text(r.Location), cspLocation, 128)
	t.add("status", text(r.Status), cspStatus, 128)
	if f, known := r.Workload.Fraction(); known {
		t.add("workload_percent", round(100*f), cspWorkload, 2)
	}
	list := List{}
	for i := range r.Associations {
		at := cspEntries + i*cspEntryLen
		list = append(list, Field{Value: associationTree(&r.Associations[i], at), Offset: at, Len: cspEntryLen})
	}
	t.add("associations", list, cspAssociations, 2)
	return t
}

func associationTree(a *csp.Association, at int) Tree {
	var t Tree
	t.add("receiver_id", a.ReceiverID.String(), at, 8)
	t.add("receiver_group", a.ReceiverID.Group().String(), at, 1)
	if a.Duration != csp.UnknownDuration {
		t.add("duration_ms", milliseconds(a.Duration), at+8, 8)
	}
	if a.Flags != 0 {
		t.add("flags", hex16(a.Flags), at+16, 2)
	}
	t.add("protocol", a.Protocol.String(), at+18, 2)
	t.add("ppid", uint64(a.PPID), at+20, 4)
	return t
}

// milliseconds returns a time with its microseconds as decimals.
func milliseconds(d time.Duration) float64 { return float64(d/time.Microsecond) / 1000 }
