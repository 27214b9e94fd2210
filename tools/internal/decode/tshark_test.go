package decode_test

import (
	"bytes"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/tools/internal/capturetest"
	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/tools/pcap"
)

// tshark returns the fields of all frames with one of the fields as tshark dissects
// them: by frame, then by name, all values in their order.
func tshark(t *testing.T, file string, names []string) map[int]fields {
	t.Helper()
	path, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed (Debian: apt-get install tshark)")
	}
	const separator, aggregator = "\t", "|"
	args := []string{"-n", "-r", file, "-T", "fields", "-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator=" + aggregator, "-e", "frame.number"}
	for _, name := range names {
		args = append(args, "-e", name)
	}
	cmd := exec.Command(path, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tshark: %v\n%s", err, stderr.String())
	}
	frames := make(map[int]fields)
	for line := range strings.Lines(string(out)) {
		columns := strings.Split(strings.TrimSuffix(line, "\n"), separator)
		frame, err := strconv.Atoi(columns[0])
		if err != nil || len(columns) != len(names)+1 {
			t.Fatalf("tshark: %q", line)
		}
		f := make(fields)
		for i, name := range names {
			if columns[i+1] != "" {
				f[name] = strings.Split(columns[i+1], aggregator)
			}
		}
		if len(f) > 0 {
			frames[frame] = f
		}
	}
	return frames
}

// fields are values of one frame by the names of tshark.
type fields map[string][]string

// compare compares what we and tshark make of a capture.
func compare(t *testing.T, file string, capture []byte) {
	t.Helper()
	names := append(slices.Clone(tsharkFields), "_ws.malformed")
	theirs := tshark(t, file, names)
	records, _ := decodeAll(t, capture)
	ours := make(map[int]fields)
	for i := range records {
		r := &records[i]
		if ours[r.Frame] == nil {
			ours[r.Frame] = make(fields)
		}
		ours[r.Frame].collect(r)
	}
	compared := 0
	for frame := range max(maxKey(ours), maxKey(theirs)) + 1 {
		for _, name := range names {
			got, want := ours[frame][name], theirs[frame][name]
			if !slices.EqualFunc(got, want, same) {
				t.Errorf("frame %d: %s is %q, tshark says %q", frame, name, got, want)
			}
			compared += len(want)
		}
	}
	t.Logf("%d values compared", compared)
	if compared < len(records) {
		t.Errorf("only %d values compared for %d messages", compared, len(records))
	}
}

func maxKey(m map[int]fields) int {
	most := 0
	for k := range m {
		most = max(most, k)
	}
	return most
}

// same compares values: numbers of any notation by their value, octets with or
// without colons, which depends on the version of tshark.
func same(got, want string) bool {
	if got == want || got == strings.ReplaceAll(want, ":", "") {
		return true
	}
	g, gErr := number(got)
	w, wErr := number(want)
	return gErr == nil && wErr == nil && math.Abs(g-w) <= 1e-6*math.Max(math.Abs(g), math.Abs(w))
}

func number(s string) (float64, error) {
	if hex, ok := strings.CutPrefix(s, "0x"); ok {
		v, err := strconv.ParseUint(hex, 16, 64)
		return float64(v), err
	}
	return strconv.ParseFloat(s, 64)
}

// TestTsharkCaptures holds that we see in the captures what tshark sees: the same
// messages, in the same frames, with the same values.
func TestTsharkCaptures(t *testing.T) {
	t.Parallel()
	for _, name := range captures(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compare(t, filepath.Join(testdata, name+".pcap"), read(t, name))
		})
	}
}

// TestTsharkSamples holds that tshark finds nothing wrong with what our codecs make,
// and reads the same values in it: every type of message, parameter and policy.
func TestTsharkSamples(t *testing.T) {
	t.Parallel()
	samples := capturetest.Samples()
	var capture bytes.Buffer
	if err := capturetest.WritePcap(&capture, uint16(pcap.LinkRaw), capturetest.Packets(samples)...); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "samples.pcap")
	if err := os.WriteFile(file, capture.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	compare(t, file, capture.Bytes())
}

// TestSamples holds that every sample comes out of a capture as it went in.
func TestSamples(t *testing.T) {
	t.Parallel()
	samples := capturetest.Samples()
	var capture bytes.Buffer
	if err := capturetest.WritePcapNG(&capture, uint16(pcap.LinkRaw), capturetest.Packets(samples)...); err != nil {
		t.Fatal(err)
	}
	records, _ := decodeAll(t, capture.Bytes())
	if len(records) != len(samples) {
		t.Fatalf("%d messages, want %d", len(records), len(samples))
	}
	for i := range records {
		r, s := &records[i], &samples[i]
		carrier := decode.OverSCTP
		if s.UDPPort != 0 {
			carrier = decode.OverUDP
		}
		if r.Err != nil || !bytes.Equal(r.Octets, s.Octets()) || r.PPID != s.PPID || r.Carrier != carrier || r.Frame != i+1 {
			t.Errorf("message %d: %+v", i, r)
		}
		if !r.Time.Equal(capturetest.Time.Add(time.Duration(i) * time.Millisecond)) {
			t.Errorf("message %d: at %v", i, r.Time)
		}
	}
}
