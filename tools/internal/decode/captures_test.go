package decode_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/tools/internal/capturetest"
	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/tools/internal/dissect"
	"github.com/rserpool-go/rserpool/tools/pcap"
)

const testdata = "../../testdata"

// captures returns the names of the captures, without folder and extension.
func captures(tb testing.TB) []string {
	tb.Helper()
	paths, err := filepath.Glob(filepath.Join(testdata, "*.pcap"))
	if err != nil || len(paths) == 0 {
		tb.Fatalf("no captures: %v", err)
	}
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = strings.TrimSuffix(filepath.Base(p), ".pcap")
	}
	return names
}

func read(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join(testdata, name+".pcap"))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// decodeAll decodes a capture. Records are copies.
func decodeAll(tb testing.TB, capture []byte) ([]decode.Record, decode.Stats) {
	tb.Helper()
	r, err := pcap.NewReader(bytes.NewReader(capture))
	if err != nil {
		tb.Fatal(err)
	}
	var out []decode.Record
	d := decode.New()
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out, d.Stats()
		}
		if err != nil {
			tb.Fatal(err)
		}
		d.Packet(p, func(r *decode.Record) {
			c := *r
			c.Message = dissect.Decode(r.Protocol, bytes.Clone(r.Octets))
			if r.Protocol == dissect.SCTP {
				c.Message = dissect.Damaged(bytes.Clone(r.Octets), r.Err)
			}
			out = append(out, c)
		})
	}
}

// TestCaptures holds that all captures decode without error, and how many messages of
// each type they have.
func TestCaptures(t *testing.T) {
	t.Parallel()
	want := capturetest.Counts(t, filepath.Join(testdata, "counts.txt"))
	names := captures(t)
	if len(want) != len(names) {
		t.Errorf("counts of %d captures, want %d", len(want), len(names))
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			records, stats := decodeAll(t, read(t, name))
			got := make(map[string]int)
			for i := range records {
				if r := &records[i]; r.Err != nil {
					t.Errorf("frame %d: %s: %v", r.Frame, r.Name, r.Err)
				} else if r.Protocol != dissect.Data { // which tshark does not count
					got[r.Name]++
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want[name]) {
				t.Errorf("got  %v\nwant %v", got, want[name])
			}
			if stats.BadChecksums+stats.Damaged+stats.LostFragments+stats.Overflows > 0 {
				t.Errorf("%+v", stats)
			}
		})
	}
}
