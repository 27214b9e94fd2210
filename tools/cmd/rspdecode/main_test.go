package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/tools/internal/capturetest"
	"github.com/rserpool-go/rserpool/tools/pcap"
)

var update = flag.Bool("update", false, "write the golden files")

// asProgram is the name of the environment variable by which a test runs this binary
// as the program.
const asProgram = "RSPDECODE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// run runs the program and returns what it writes and its exit status.
func run(t *testing.T, stdin []byte, args ...string) (stdout, stderr []byte, status int) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "TZ=UTC", "COLUMNS=80")
	var out, errOut bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &out, &errOut
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return out.Bytes(), errOut.Bytes(), exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), errOut.Bytes(), 0
}

// samples returns a capture with a message of every kind, and one that is damaged.
func samples(t *testing.T) []byte {
	t.Helper()
	packets := capturetest.Packets(capturetest.Samples())
	damaged := capturetest.SCTP(capturetest.Whole(1000, 11, []byte("\x02\x80\x00\x18\x00\x09\x00\x0cEchoPool\x00\x0e\x00\x07\x12\x34\x56\x78")))
	packets = append(packets, capturetest.IPv4(capturetest.Client4, capturetest.Server4, 132, damaged))
	var b bytes.Buffer
	if err := capturetest.WritePcap(&b, uint16(pcap.LinkRaw), packets...); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil { //nolint:gosec // everybody may read it
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(got, want) {
		return
	}
	gotLines, wantLines := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(gotLines), len(wantLines)) {
		if gotLines[i] != wantLines[i] {
			t.Fatalf("%s, line %d (go test -update writes it anew):\n got %s\nwant %s", name, i+1, gotLines[i], wantLines[i])
		}
	}
	t.Fatalf("%s: %d lines, want %d", name, len(gotLines), len(wantLines))
}

func TestOutputs(t *testing.T) {
	t.Parallel()
	capture := samples(t)
	tests := map[string][]string{
		"text.golden":           {"-"},
		"utc.golden":            {"-", "--time=utc", "--count=2"},
		"relative.golden":       {"-", "-time=relative", "-c", "2"},
		"verbose.golden":        {"-", "-v"},
		"json.golden":           {"-", "-output=json"},
		"stats.golden":          {"-", "--stats"},
		"flow.golden":           {"-", "--flow", "--time=utc", "--not=protocol=calcapp"},
		"failover-flow.golden":  {failover, "--flow", "--time=relative", "--during=5..8"},
		"failover-stats.golden": {failover, "--stats"},
		"stats-json.golden":     {"-", "--stats", "--output=json"},
		"protocol.golden":       {"-", "--protocol=csp,calcapp"},
		"type.golden":           {"-", "--type=ENRP_PRESENCE,handle-update,Keep-Alive"},
		"pool.golden":           {"-", "--pool=CalcAppPool"},
		"pool-and-type.golden":  {"-", "--pool=CalcAppPool", "--type=registration"},
	}
	for name, args := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, status := run(t, capture, args...)
			if status != 0 || len(stderr) > 0 {
				t.Errorf("status %d: %s", status, stderr)
			}
			golden(t, name, stdout)
		})
	}
}

// TestHelp looks at the part of the help that is this program's own.
func TestHelp(t *testing.T) {
	t.Parallel()
	stdout, stderr, status := run(t, nil, "--help")
	if status != 0 || len(stderr) > 0 {
		t.Errorf("status %d: %s", status, stderr)
	}
	_, own, found1 := bytes.Cut(stdout, []byte("Arguments:\n"))
	own, _, found2 := bytes.Cut(own, []byte("\nLogging:"))
	if !found1 || !found2 {
		t.Fatalf("%s", stdout)
	}
	golden(t, "help.golden", own)
}

// TestJSON holds that each line is an object with the keys that are promised, and that
// CBOR says the same.
func TestJSON(t *testing.T) {
	t.Parallel()
	capture := samples(t)
	lines, _, _ := run(t, capture, "-", "--output=json")
	sequence, _, _ := run(t, capture, "-", "--output=cbor")
	fromCBOR := strictCBOR(t, bytes.NewReader(sequence))
	n := 0
	for d := json.NewDecoder(bytes.NewReader(lines)); ; n++ {
		var object map[string]any
		if err := d.Decode(&object); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"frame", "time", "src", "dst", "protocol", "message", "length", "fields"} {
			if object[key] == nil {
				t.Errorf("message %d has no %s", n, key)
			}
		}
		var same map[string]any
		if err := fromCBOR.Decode(&same); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(same)
		if err != nil {
			t.Fatal(err)
		}
		var again map[string]any
		if err := json.Unmarshal(text, &again); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(object, again) {
			t.Errorf("message %d:\nJSON %v\nCBOR %v", n, object, again)
		}
	}
	if n != len(capturetest.Samples())+1 {
		t.Errorf("%d messages", n)
	}
	if err := fromCBOR.Decode(new(any)); !errors.Is(err, io.EOF) {
		t.Errorf("more in CBOR: %v", err)
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	capture := samples(t)
	file := filepath.Join(t.TempDir(), "damaged.pcap")
	if err := os.WriteFile(file, capture[:1000], 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		stdin  []byte
		args   []string
		status int
		lines  int // on standard output
		stderr string
	}{
		"fine":               {capture, []string{"-"}, 0, 80, ""},
		"cut off":            {nil, []string{file}, 1, 8, "rspdecode: " + file + ": octet 876: file is cut off\n"},
		"cut off, summary":   {capture[:1000], []string{"-", "--stats"}, 1, 17, "rspdecode: standard input: octet 876: file is cut off\n"},
		"enough before":      {capture[:1000], []string{"-", "-c", "3"}, 0, 3, ""},
		"no capture":         {[]byte("text"), []string{"-"}, 1, 0, "rspdecode: standard input: a text, not a capture file of format pcap or pcapng\n"},
		"no file":            {nil, []string{"no-such-file"}, 1, 0, "rspdecode: open no-such-file: no such file or directory\n"},
		"no interface":       {nil, []string{"-interface=no-such-if"}, 1, 0, "rspdecode: no interface no-such-if\n"},
		"nothing to read":    {nil, nil, 2, 0, "rspdecode: give a capture file, - or --interface=NAME\n"},
		"two things to read": {nil, []string{"-", "-i", "lo"}, 2, 0, "rspdecode: a file and --interface cannot be read both\n"},
		"unknown flag":       {nil, []string{"-", "--nonsense"}, 2, 0, "rspdecode: unknown flag --nonsense\n"},
		"unknown type":       {nil, []string{"-", "--type=PRESENTS"}, 2, 0, "rspdecode: --type: no message type \"PRESENTS\"\n"},
		"empty type":         {nil, []string{"-", "--type=presence,"}, 2, 0, "rspdecode: --type: no message type \"\"\n"},
		"unknown protocol":   {nil, []string{"-", "--protocol=tcp"}, 2, 0, "rspdecode: --protocol: no protocol \"tcp\"\n"},
		"count below 0":      {nil, []string{"-", "--count=-1"}, 2, 0, "rspdecode: --count: -1 is not from 0 to 2147483647\n"},
		"empty file":         {nil, []string{"-"}, 1, 0, "rspdecode: standard input: an empty file, not a capture file of format pcap or pcapng\n"},
		"unknown host":       {nil, []string{"-", "--host=example"}, 2, 0, "rspdecode: --host: \"example\" is neither an address nor a network such as 10.1.0.0/16\n"},
		"unknown port":       {nil, []string{"-", "--port=65536"}, 2, 0, "rspdecode: --port: \"65536\" is not a port\n"},
		"association 0":      {nil, []string{"-", "--association=0"}, 2, 0, "rspdecode: --association: \"0\" is not the number of an association\n"},
		"endless span":       {nil, []string{"-", "--during=.."}, 2, 0, "rspdecode: --during: \"..\" is not a time such as 1.5..3, 10.. or ..20\n"},
		"unknown moment":     {nil, []string{"-", "--during=tea.."}, 2, 0, "rspdecode: --during: \"tea\" is neither a number of seconds nor a time such as 2026-01-31T12:00:00Z\n"},
		"not what":           {nil, []string{"-", "--not=presence"}, 2, 0, "rspdecode: --not: \"presence\" is not a filter with a value, such as type=presence\n"},
		"not a filter":       {nil, []string{"-", "--not=colour=red"}, 2, 0, "rspdecode: --not: no filter \"colour\": protocol, type, pool, element, registrar, host, port, association, during\n"},
		"flow in JSON":       {nil, []string{"-", "--flow", "-o", "json"}, 2, 0, "rspdecode: --output is for messages and --stats, not for --flow and --html\n"},
		"two forms":          {nil, []string{"-", "--flow", "--stats"}, 2, 0, "rspdecode: --flow and --stats can't be used together\n"},
		"unknown time":       {nil, []string{"-", "--time=tea"}, 2, 0, "rspdecode: --time: \"tea\" is none of local, utc, relative\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, status := run(t, test.stdin, test.args...)
			if n := bytes.Count(stdout, []byte("\n")); status != test.status || n != test.lines || string(stderr) != test.stderr {
				t.Errorf("status %d with %d lines and %q, want %d with %d and %q", status, n, stderr, test.status, test.lines, test.stderr)
			}
		})
	}
}

// TestPipe decodes what comes by a pipe as it comes, and ends by a signal while it waits for
// more.
func TestPipe(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-", "--logquiet")
	cmd.Env = append(os.Environ(), asProgram+"=1")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := stdin.Write(samples(t)); err != nil {
		t.Error(err)
	}
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() {
		t.Error("nothing is shown before the end")
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	for lines.Scan() {
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("it does not end well: %v", err)
	}
}

// TestNobodyReads ends by a signal while the output waits for somebody to read it.
func TestNobodyReads(t *testing.T) {
	t.Parallel()
	report, err := capturetest.Report().AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	packet := capturetest.IPv4(capturetest.Client4, capturetest.Server4, 17, capturetest.UDP(2960, 2960, report))
	var capture bytes.Buffer
	if err := capturetest.WritePcap(&capture, uint16(pcap.LinkRaw), slices.Repeat([][]byte{packet}, 5000)...); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "long.pcap")
	if err := os.WriteFile(file, capture.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-v", "--logquiet", file)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := stdout.Read(make([]byte, 1)); err != nil {
		t.Error(err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	_ = cmd.Wait() // The status is looked at.
	if status := cmd.ProcessState.ExitCode(); status != 1 || stderr.String() != "rspdecode: nobody reads the output\n" {
		t.Errorf("status %d, %q", status, stderr.String())
	}
}

// TestValueLines breaks long values into lines of 96 characters.
func TestValueLines(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{
		0:   "",
		96:  strings.Repeat("ä", 96),
		97:  strings.Repeat("ä", 96) + "\n" + strings.Repeat(" ", 36) + "ä",
		192: strings.Repeat("ä", 96) + "\n" + strings.Repeat(" ", 36) + strings.Repeat("ä", 96),
	} {
		b := treeText{width: 96}
		b.value("", strings.Repeat("ä", n))
		if got, want := b.String(), strings.Repeat(" ", 36)+want+"\n"; got != want {
			t.Errorf("%d characters: %q, want %q", n, got, want)
		}
	}
}

// TestLive captures a report from the loopback interface.
func TestLive(t *testing.T) {
	t.Parallel()
	probe, err := pcap.Listen("lo")
	if err != nil {
		t.Skipf("no live capture here: %v", err)
	}
	if err := probe.Close(); err != nil {
		t.Fatal(err)
	}
	to, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close() //nolint:errcheck // nothing is lost
	report, err := capturetest.Report().AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { // The program captures what comes after it has begun.
		defer close(done)
		buf := make([]byte, len(report))
		for {
			if _, err := to.WriteTo(report, to.LocalAddr()); err != nil {
				return
			}
			if _, _, err := to.ReadFrom(buf); err != nil {
				return
			}
		}
	}()
	stdout, stderr, status := run(t, nil, "--interface=lo", "--output=json", "--protocol=csp", "--count=100")
	if err := to.Close(); err != nil {
		t.Error(err)
	}
	<-done
	if status != 0 || bytes.Count(stdout, []byte(`"dst":"`+to.LocalAddr().String())) == 0 || bytes.Count(stdout, []byte("\n")) != 100 {
		t.Errorf("status %d: %s%s", status, stdout, stderr)
	}
}
