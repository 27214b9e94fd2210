package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/tools/internal/capturetest"
	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/tools/pcap"
	"github.com/rserpool-go/rserpool/wire"
)

// frameNumbers are the numbers of packets in JSON, which a part of a capture has not.
var frameNumbers = regexp.MustCompile(`(?m)^\{"frame":\d+,`)

// written runs the program with --write, and returns its JSON, and the same of the file. A packet may have
// other messages as well, so the filters are the same.
func written(t *testing.T, capture []byte, args ...string) (shown, again string, file []byte) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "part.pcapng")
	stdout, stderr, status := run(t, capture, append(args, "--output=json", "--write="+name, "-")...)
	if status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(name); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	from, stderr, status := run(t, nil, append(args, "--output=json", name)...)
	if status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	return frameNumbers.ReplaceAllString(string(stdout), ""), frameNumbers.ReplaceAllString(string(from), ""), file
}

// TestWrite holds that the file has the messages that are shown, with their times.
func TestWrite(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("../../testdata/*.pcap")
	if err != nil || len(paths) == 0 {
		t.Fatal(err)
	}
	for _, path := range paths {
		capture, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{nil, {"--protocol=asap"}} {
			if shown, again, _ := written(t, capture, args...); shown != again {
				t.Errorf("%s %v: %d messages are shown, the file has %d", path, args, strings.Count(shown, "\n"), strings.Count(again, "\n"))
			}
		}
	}
}

// TestWriteFragments holds that the file has all packets of a message in fragments of SCTP and of IP, as
// they were captured, and no others.
func TestWriteFragments(t *testing.T) {
	t.Parallel()
	message := (&capturetest.Samples()[0]).Octets()
	ip := func(sctp []byte) []byte {
		return capturetest.IPv4(capturetest.Client4, capturetest.Server4, 132, sctp)
	}
	chunks := capturetest.Fragments(1, wire.PPIDASAP, message, (len(message)+2)/3)
	second := capturetest.SCTP(chunks[1])
	packets := [][]byte{
		ip(capturetest.SCTP(capturetest.Whole(100, 0, []byte("first")))),
		ip(capturetest.SCTP(chunks[0])),
		capturetest.IPv4Fragment(capturetest.Client4, capturetest.Server4, 132, 7, 0, true, second[:16]),
		ip(capturetest.SCTP(capturetest.Whole(101, 0, []byte("between")))),
		capturetest.IPv4Fragment(capturetest.Client4, capturetest.Server4, 132, 7, 16, false, second[16:]),
		ip(capturetest.SCTP(chunks[2])),
		ip(capturetest.SCTP(capturetest.Whole(102, 0, []byte("last")))),
	}
	var b bytes.Buffer
	if err := capturetest.WritePcap(&b, uint16(pcap.LinkRaw), packets...); err != nil {
		t.Fatal(err)
	}
	shown, again, file := written(t, b.Bytes(), "--protocol=asap")
	if shown != again || strings.Count(shown, "\n") != 1 {
		t.Errorf("shown: %s\nin the file: %s", shown, again)
	}
	r, err := pcap.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{1, 2, 4, 5} {
		p, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if want := capturetest.Time.Add(time.Duration(i) * time.Millisecond); !bytes.Equal(p.Data, packets[i]) || !p.Time.Equal(want) {
			t.Errorf("packet %d is not in its place: % x", i, p.Data)
		}
	}
	if p, err := r.Next(); err == nil {
		t.Errorf("another packet: % x", p.Data)
	}
}

// TestWriteWindow holds that the memory of the window is bounded, and that packets keep their order.
func TestWriteWindow(t *testing.T) {
	t.Parallel()
	out, err := os.Create(filepath.Join(t.TempDir(), "part.pcapng"))
	if err != nil {
		t.Fatal(err)
	}
	p := program{Write: out.Name()}
	_ = out.Close() // It is empty.
	d := decode.New()
	k, err := p.keeper(d)
	if err != nil {
		t.Fatal(err)
	}
	const n, size = 400, 100 << 10
	for i := range n {
		packet := &pcap.Packet{Number: i + 1, Link: pcap.LinkRaw, Data: bytes.Repeat([]byte{byte(i)}, size), Len: size}
		if err := k.add(packet); err != nil {
			t.Fatal(err)
		}
		if k.octets > maxWindow {
			t.Fatalf("%d octets", k.octets)
		}
		k.keep(&decode.Record{Frame: i + 1, Frames: []int{1, i + 1}})
	}
	if err := k.close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	r, err := pcap.NewReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if p, err := r.Next(); err != nil || p.Data[0] != byte(i) || len(p.Data) != size {
			t.Fatalf("packet %d: %v", i, err)
		}
	}
}
