package csp_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/csp"
)

// full returns a report that uses every field.
func full() *csp.Report {
	return &csp.Report{
		Final:    true,
		SenderID: csp.NewComponentID(csp.GroupPoolElement, 0xdeadbeef),
		Uptime:   61 * time.Second,
		Interval: 300 * time.Millisecond,
		Location: "pe1: 192.0.2.2:40000",
		Status:   strings.Repeat("x", 128),
		Workload: csp.NewWorkload(0.5),
		Associations: []csp.Association{
			{ReceiverID: csp.NewComponentID(csp.GroupRegistrar, 1), Duration: time.Minute, Protocol: csp.ProtocolSCTP, PPID: 11},
			{ReceiverID: csp.NewComponentID(csp.GroupPoolUser, 1<<56-1), Duration: csp.UnknownDuration, Flags: 7, Protocol: csp.ProtocolTCP},
		},
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]*csp.Report{"empty": {}, "full": full(), "old": {NoLength: true, Uptime: math.MaxInt64 / 1000 * 1000}} {
		b, err := r.AppendBinary([]byte("before"))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		b, found := bytes.CutPrefix(b, []byte("before"))
		if !found {
			t.Errorf("%s: what was in the slice is gone", name)
		}
		got, err := csp.Parse(b)
		if err != nil || !reflect.DeepEqual(got, r) {
			t.Errorf("%s: %v\n got %+v\nwant %+v", name, err, got, r)
		}
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		damage func(b []byte) []byte
		offset int
		err    error
	}{
		"empty":             {func([]byte) []byte { return nil }, 0, csp.ErrTruncated},
		"type":              {func(b []byte) []byte { b[0] = 2; return b }, 0, csp.ErrUnknownMessage},
		"version":           {func(b []byte) []byte { b[6] = 1; return b }, 4, csp.ErrUnknownVersion},
		"fixed part":        {func(b []byte) []byte { return b[:287] }, 287, csp.ErrTruncated},
		"one more than is":  {func(b []byte) []byte { b[287]++; return b }, 336, csp.ErrTruncated},
		"one less than is":  {func(b []byte) []byte { b[287]--; return b }, 312, csp.ErrBadLength},
		"most that it says": {func(b []byte) []byte { b[286], b[287] = 0xff, 0xff; return b }, 336, csp.ErrTruncated},
		"uptime":            {func(b []byte) []byte { b[16] = 0x80; return b }, 16, csp.ErrRange},
		"duration":          {func(b []byte) []byte { b[288+8] = 0xff; return b }, 296, csp.ErrRange},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := full().AppendBinary(nil)
			if err != nil {
				t.Fatal(err)
			}
			_, err = csp.Parse(test.damage(b))
			var syntax *csp.SyntaxError
			if !errors.As(err, &syntax) || syntax.Offset != test.offset || !errors.Is(err, test.err) {
				t.Errorf("got %v, want offset %d: %v", err, test.offset, test.err)
			}
		})
	}
}

func TestLengthFieldIsIgnored(t *testing.T) {
	t.Parallel()
	b, _ := full().AppendBinary(nil)
	binary.BigEndian.PutUint16(b[2:], 77)
	if r, err := csp.Parse(b); err != nil || r.NoLength {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestAppendErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		r   csp.Report
		err error
	}{
		"location":           {csp.Report{Location: strings.Repeat("x", 129)}, csp.ErrTooLong},
		"status with a zero": {csp.Report{Status: "a\x00b"}, csp.ErrRange},
		"negative uptime":    {csp.Report{Uptime: -1}, csp.ErrRange},
		"interval":           {csp.Report{Interval: (math.MaxUint32 + 1) * time.Microsecond}, csp.ErrRange},
		"negative interval":  {csp.Report{Interval: -time.Second}, csp.ErrRange},
		"negative duration":  {csp.Report{Associations: []csp.Association{{Duration: -2}}}, csp.ErrRange},
		"associations":       {csp.Report{Associations: make([]csp.Association, csp.MaxAssociations+1)}, csp.ErrTooLong},
	}
	for name, test := range tests {
		if b, err := test.r.AppendBinary(nil); !errors.Is(err, test.err) || b != nil {
			t.Errorf("%s: got %v, want %v", name, err, test.err)
		}
	}
	most := csp.Report{Associations: make([]csp.Association, csp.MaxAssociations)}
	b, err := most.AppendBinary(nil)
	if err != nil || len(b) > math.MaxUint16 || int(binary.BigEndian.Uint16(b[2:])) != len(b) {
		t.Errorf("%d associations: %d octets, %v", csp.MaxAssociations, len(b), err)
	}
}

func TestWorkload(t *testing.T) {
	t.Parallel()
	for fraction, want := range map[float64]csp.Workload{
		0: 0, 0.25: 0x4000, 0.5: 0x7fff, 0.9: 0xe665, 0.95: 0xf331, 1: 0xfffe, -1: 0, 2: csp.WorkloadFull,
	} {
		if got := csp.NewWorkload(fraction); got != want {
			t.Errorf("%g: %#04x, want %#04x", fraction, uint16(got), uint16(want))
		}
	}
	if w := csp.NewWorkload(math.NaN()); w != csp.WorkloadUnknown {
		t.Errorf("NaN: %v", w)
	}
	if _, known := csp.WorkloadUnknown.Fraction(); known {
		t.Error("unknown workload is known")
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		value fmt.Stringer
		want  string
	}{
		{csp.NewComponentID(csp.GroupPoolUser, math.MaxUint64), "0x03ffffffffffffff"},
		{csp.GroupRegistrar, "registrar"},
		{csp.GroupPoolElement, "pool element"},
		{csp.GroupPoolUser, "pool user"},
		{csp.Group(9), "Group(9)"},
		{csp.ProtocolTCP, "TCP"},
		{csp.ProtocolUDP, "UDP"},
		{csp.ProtocolSCTP, "SCTP"},
		{csp.Protocol(1), "Protocol(1)"},
		{csp.NewWorkload(0.25), "25%"},
		{csp.WorkloadUnknown, "unknown"},
	} {
		if got := test.value.String(); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}
