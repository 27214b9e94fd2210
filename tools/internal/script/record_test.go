package script

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/fxamacker/cbor/v2"

	"github.com/rserpool-go/rserpool/tools/pcap"
)

// record writes cues.
func record(tb testing.TB, cues []Cue) []byte {
	tb.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b)
	if err != nil {
		tb.Fatal(err)
	}
	for _, c := range cues {
		if err := w.Write(c); err != nil {
			tb.Fatal(err)
		}
	}
	return b.Bytes()
}

func readRecord(b []byte) ([]Cue, error) {
	r, err := NewRecord(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return all(r)
}

// A script comes out of a record as it went in, except for the numbers of packets.
func TestRecord(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"echo", "takeover", "endpoint-unreachable"} {
		want, _ := scriptOf(t, name, 0)
		for i := range want {
			want[i].Frame = 0
		}
		got, err := readRecord(record(t, want))
		if !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %d cues, want %d", name, len(got), len(want))
		}
	}
}

// Each part of a record that is cut off yields the cues in front of the cut, and an error.
func TestRecordTruncated(t *testing.T) {
	t.Parallel()
	cues, _ := scriptOf(t, "echo", 0)
	whole := record(t, cues)
	ends := map[int]int{len(RecordMagic): 0} // the number of cues by where they end
	for i := range cues {
		ends[len(record(t, cues[:i+1]))] = i + 1
	}
	read := 0
	for n := range whole {
		got, err := readRecord(whole[:n])
		if complete, ok := ends[n]; ok {
			read = complete
			if !errors.Is(err, io.EOF) {
				t.Errorf("%d octets: %v", n, err)
			}
		} else if err == nil || err == io.EOF { //nolint:errorlint // only the bare value is the end
			t.Errorf("%d octets: %v", n, err)
		}
		if len(got) != read {
			t.Errorf("%d octets: %d cues, want %d", n, len(got), read)
		}
	}
}

// Values that make no sense are errors.
func TestRecordRefuses(t *testing.T) {
	t.Parallel()
	address := []byte{127, 0, 0, 1, 7, 0}
	for name, item := range map[string]any{
		"no array":          "text",
		"too few elements":  []any{Open, 0, 1},
		"unknown kind":      []any{9, 0, 1, address, 11, 0, false, false, []byte{}},
		"negative time":     []any{Open, -1, 1, address, 11, 0, false, false, []byte{}},
		"unknown protocol":  []any{Open, 0, 1, address, 13, 0, false, false, []byte{}},
		"bad address":       []any{Open, 0, 1, []byte{1}, 11, 0, false, false, []byte{}},
		"no address":        []any{Open, 0, 1, []byte{}, 11, 0, false, false, []byte{}},
		"missing message":   []any{Say, 0, 1, address, 11, 0, false, false, []byte{}},
		"needless message":  []any{Open, 0, 1, address, 11, 0, false, false, []byte{1}},
		"long message":      []any{Say, 0, 1, address, 11, 0, false, false, make([]byte, MaxRecordedMessage+1)},
		"tag":               cbor.Tag{Number: 1, Content: []any{Open, 0, 1, address, 11, 0, false, false, []byte{}}},
		"too many elements": []any{Open, 0, 1, address, 11, 0, false, false, []byte{}, 1, 2, 3, 4, 5, 6, 7, 8, 9},
	} {
		b, err := cbor.Marshal(item)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := readRecord(append([]byte(RecordMagic), b...)); err == nil || err == io.EOF || len(got) > 0 { //nolint:errorlint // only the bare value is the end
			t.Errorf("%s: %d cues, %v", name, len(got), err)
		}
	}
	cut := append([]byte(RecordMagic), 0x89, 0x01, 0x1a, 0x00)
	if _, err := readRecord(cut); !errors.Is(err, pcap.ErrTruncated) || err.Error() != "octet 12: file is cut off" {
		t.Errorf("cut off: %v", err)
	}
	if _, err := readRecord([]byte(RecordMagic + "\x01")); !errors.Is(err, ErrRecord) || strings.Contains(err.Error(), "cbor") {
		t.Errorf("a number: %v", err)
	}
	broken := errors.New("broken")
	r, err := NewRecord(io.MultiReader(strings.NewReader(RecordMagic), iotest.ErrReader(broken)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); !errors.Is(err, broken) {
		t.Errorf("a disk that fails: %v", err)
	}
	if _, err := NewRecord(bytes.NewReader([]byte("\x82\x69rspreplay\x02"))); !errors.Is(err, ErrRecord) {
		t.Errorf("another version: %v", err)
	}
}

// A cue that claims to be long takes no more memory than a record may take for a cue.
func TestRecordMemory(t *testing.T) {
	const claimed = 1 << 30
	head := append([]byte(RecordMagic), 0x89, 0x01, 0x00, 0x01, 0x5a) // an array, and octets of 32-bit length
	head = binary.BigEndian.AppendUint32(head, claimed)
	r, err := NewRecord(io.MultiReader(bytes.NewReader(head), &zeros{left: claimed}))
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := r.Next(); !errors.Is(err, ErrRecord) {
		t.Error(err)
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 8*maxCueInput {
		t.Errorf("%d octets were allocated", grown)
	}
}

// zeros yields octets of 0.
type zeros struct{ left int }

func (z *zeros) Read(p []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), z.left)
	clear(p[:n])
	z.left -= n
	return n, nil
}

// FuzzRecord reads records. The cues that can be read come out of a record of their own again.
func FuzzRecord(f *testing.F) {
	for _, name := range []string{"echo", "takeover"} {
		cues, _ := scriptOf(f, name, 0)
		f.Add(record(f, cues[:3]))
		f.Add(record(f, cues[len(cues)-2:]))
	}
	f.Add([]byte(RecordMagic))
	f.Add(append([]byte(RecordMagic), 0x9f, 0xff))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := readRecord(b)
		if err == nil {
			t.Fatal("there is no end")
		}
		again, err := readRecord(record(t, got))
		if !errors.Is(err, io.EOF) || !reflect.DeepEqual(again, got) {
			t.Errorf("%d of %d cues, %v", len(again), len(got), err)
		}
	})
}
