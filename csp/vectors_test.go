package csp_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/csp"
)

type vector struct {
	Name   string         `json:"name"`
	Hex    string         `json:"hex"`
	Fields map[string]any `json:"fields"`
	octets []byte
}

// vectors returns the golden reports; the origin of each is in the file.
func vectors(tb testing.TB) []vector {
	tb.Helper()
	raw, err := os.ReadFile("testdata/csp-vectors.json")
	if err != nil {
		tb.Fatal(err)
	}
	var vs []vector
	if err := json.Unmarshal(raw, &vs); err != nil {
		tb.Fatal(err)
	}
	for i := range vs {
		if vs[i].octets, err = hex.DecodeString(vs[i].Hex); err != nil {
			tb.Fatal(err)
		}
	}
	return vs
}

// dissect returns a report as Wireshark names and writes its fields.
func dissect(r *csp.Report, octets int) map[string]any {
	final, length := 0.0, float64(octets)
	if r.Final {
		final = 1
	}
	if r.NoLength {
		length = 0
	}
	workload := any("-100")
	if f, known := r.Workload.Fraction(); known {
		workload = float64(int(100*f + 0.5))
	}
	fields := map[string]any{
		"message_type": 1.0, "message_flags": final, "message_final_bit": final, "message_length": length,
		"message_version":                      "0x00000200",
		"message_sender_id":                    r.SenderID.String(),
		"message_sender_id.group":              fmt.Sprintf("0x%04x", uint16(r.SenderID.Group())),
		"message_sender_id.object":             fmt.Sprintf("0x%016x", r.SenderID.Object()),
		"message_sendertimestamp":              seconds(r.Uptime),
		"componentstatusreport_reportinterval": seconds(r.Interval),
		"componentstatusreport_location":       r.Location,
		"componentstatusreport_status":         r.Status,
		"componentstatusreport_workload":       workload,
		"componentstatusreport_associations":   float64(len(r.Associations)),
	}
	for _, a := range r.Associations {
		for name, value := range map[string]string{
			"receiver_id":        a.ReceiverID.String(),
			"receiver_id.group":  fmt.Sprintf("0x%04x", uint16(a.ReceiverID.Group())),
			"receiver_id.object": fmt.Sprintf("0x%016x", a.ReceiverID.Object()),
			"duration":           seconds(a.Duration),
			"flags":              fmt.Sprint(a.Flags),
			"protocolid":         fmt.Sprint(uint16(a.Protocol)),
			"ppid":               fmt.Sprint(a.PPID),
		} {
			key := "componentassociation_" + name
			list, _ := fields[key].([]string)
			fields[key] = append(list, value)
		}
	}
	return fields
}

func seconds(d time.Duration) string {
	if d == csp.UnknownDuration {
		return "18446744073709.551615000"
	}
	return fmt.Sprintf("%d.%09d", d/time.Second, d%time.Second)
}

// texts returns a value of one or several fields as texts.
func texts(v any) []string {
	switch v := v.(type) {
	case []string:
		return v
	case []any:
		var out []string
		for _, e := range v {
			out = append(out, fmt.Sprint(e))
		}
		return out
	}
	return []string{fmt.Sprint(v)}
}

func TestVectors(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			r, err := csp.Parse(v.octets)
			if err != nil {
				t.Fatal(err)
			}
			got := dissect(r, len(v.octets))
			for key, want := range v.Fields {
				if !reflect.DeepEqual(texts(got[key]), texts(want)) {
					t.Errorf("%s is %v, want %v", key, got[key], want)
				}
				delete(got, key)
			}
			if len(got) > 0 {
				t.Errorf("fields too many: %v", got)
			}
			out, err := r.AppendBinary(nil)
			if err != nil || !bytes.Equal(out, v.octets) {
				t.Errorf("encoded again: %v\n got %x\nwant %x", err, out, v.octets)
			}
		})
	}
}

// TestDamagedVectors cuts every vector at every octet and flips each of its bits.
func TestDamagedVectors(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t) {
		for i := range v.octets {
			if err := checkParse(v.octets[:i]); err == nil {
				t.Errorf("%s: %d octets were accepted", v.Name, i)
			} else if errors.Is(err, errProperty) {
				t.Errorf("%s: %d octets: %v", v.Name, i, err)
			}
		}
		for i := range 8 * len(v.octets) {
			b := bytes.Clone(v.octets)
			b[i/8] ^= 1 << (i % 8)
			if err := checkParse(b); errors.Is(err, errProperty) {
				t.Errorf("%s: bit %d: %v", v.Name, i, err)
			}
		}
	}
}
