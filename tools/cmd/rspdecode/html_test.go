package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/apps/pingpong"
	"github.com/rserpool-go/rserpool/tools/internal/capturetest"
	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/tools/internal/dissect"
	"github.com/rserpool-go/rserpool/tools/pcap"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// memoryFile is a file in memory.
type memoryFile struct{ bytes.Buffer }

func (*memoryFile) Close() error { return nil }

// pageOf returns the page of a capture.
func pageOf(t *testing.T, capture string, args ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.html")
	stdout, stderr, status := run(t, nil, append(args, "--html="+file, capture)...)
	if status != 0 || len(stderr) > 0 || len(stdout) > 0 {
		t.Fatalf("status %d: %s%s", status, stdout, stderr)
	}
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// The page of a capture is always the same.
func TestPage(t *testing.T) {
	t.Parallel()
	golden(t, "failover.html.golden", []byte(pageOf(t, failover, "--during=..8", "--not=type=server-announce")))
}

// The page has the failovers and takeovers of captures.
func TestMarks(t *testing.T) {
	t.Parallel()
	for capture, want := range map[string][]string{
		failover: {"10.99.0.5 resumes its session at 10.99.0.4:37362", "10.99.0.5 resumes its session at 10.99.0.2:45724"},
		"../../../wireshark/demo.pcap": {
			"wants to take over registrar", "has taken over registrar", "reports element", "resumes its session",
		},
	} {
		page := pageOf(t, capture)
		for _, text := range want {
			if strings.Count(page, text) < 2 { // in the table and in the charts
				t.Errorf("%s: no %q", capture, text)
			}
		}
	}
}

// tags finds tags with their attributes.
var tags = regexp.MustCompile(`<[^>]*>`)

// allowedTags are the elements of a page.
var allowedTags = regexp.MustCompile(`^</?(html|head|meta|title|style|body|h1|h2|bdi|p|ul|li|span|div|table|tr|td|th|svg|g|line|text|rect|circle|polyline|path)[ />]|^<!DOCTYPE html>$`)

// checkPage asserts that a page has no script, no address of another file, the policy that says so, and no
// characters that change how a text looks.
func checkPage(t *testing.T, page string) {
	t.Helper()
	_, style, _ := strings.Cut(page, "<style>")
	style, rest, found := strings.Cut(style, "</style>")
	hash := sha256.Sum256([]byte(style))
	head, _, _ := strings.Cut(page, "<style>")
	policy := strings.NewReplacer("&#39;", "'", "&#43;", "+").Replace(head)
	want := fmt.Sprintf(`content="default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'"`,
		base64.StdEncoding.EncodeToString(hash[:]))
	if !found || !strings.Contains(policy, want) {
		t.Fatalf("the policy is not %s: %.400s", want, policy)
	}
	for _, tag := range tags.FindAllString(head+rest, -1) {
		if !allowedTags.MatchString(tag) {
			t.Fatalf("tag %s", tag)
		}
		name := regexp.MustCompile(`\s([a-z-]+)=`)
		for _, attribute := range name.FindAllStringSubmatch(regexp.MustCompile(`"[^"]*"`).ReplaceAllString(tag, `""`), -1) {
			if strings.HasPrefix(attribute[1], "on") || attribute[1] == "href" || attribute[1] == "src" || attribute[1] == "style" {
				t.Fatalf("attribute in %s", tag)
			}
		}
	}
	if i := strings.IndexAny(page, "\x00\x1b\r\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069\u200f"); i >= 0 {
		t.Fatalf("a control character: %q", page[max(0, i-40):i+10])
	}
	checkDrawings(t, rest)
}

// checkDrawings asserts that the drawings of a page are well-formed, and have no place that is no number.
func checkDrawings(t *testing.T, page string) {
	t.Helper()
	for _, part := range strings.Split(page, "<svg ")[1:] {
		drawing, _, _ := strings.Cut("<svg "+part, "</svg>")
		d := xml.NewDecoder(strings.NewReader(drawing + "</svg>"))
		for {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%v in %.300s", err, drawing)
			}
			start, _ := token.(xml.StartElement)
			for _, a := range start.Attr {
				if strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") || strings.Contains(a.Value, "ZgotmplZ") {
					t.Fatalf("%s: %s=%q", start.Name.Local, a.Name.Local, a.Value)
				}
			}
		}
	}
}

// hostileNames are names that would do harm in a page or at a terminal.
var hostileNames = []string{
	"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "'); alert(1); //", "</title></svg><script>",
	"\u202egnp.exe\u2066", "\x1b[2Jcleared\r\n", "{{.Policy}}", "&lt;script&gt;", "--><style>*{}</style>", "javascript:alert(1)",
}

// hostileCapture returns a capture with hostile names.
func hostileCapture(tb testing.TB) []byte {
	tb.Helper()
	var packets [][]byte
	for i, name := range hostileNames {
		for _, m := range []asapmsg.Message{
			&asapmsg.Registration{PoolHandle: wire.PoolHandle(name), PoolElement: capturetest.Element(wire.Policy{Type: wire.RoundRobin})},
			&asapmsg.EndpointUnreachable{PoolHandle: wire.PoolHandle(name), PEID: 1},
			&asapmsg.CookieEcho{Cookie: []byte(name)},
		} {
			b, err := m.AppendBinary(nil)
			if err != nil {
				tb.Fatal(err)
			}
			chunk := capturetest.Whole(uint32(1000+10*i+int(m.Type())), wire.PPIDASAP, b)
			packets = append(packets, capturetest.IPv4(capturetest.Client4, capturetest.Server4, 132, capturetest.SCTP(chunk)))
		}
	}
	var b bytes.Buffer
	if err := capturetest.WritePcap(&b, uint16(pcap.LinkRaw), packets...); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// Names of a capture, and its own name, stay texts in the page.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), `<script>alert("x")'.pcap`)
	if err := os.WriteFile(file, hostileCapture(t), 0o600); err != nil {
		t.Fatal(err)
	}
	page := pageOf(t, file)
	checkPage(t, page)
	for _, text := range []string{"&lt;script&gt;alert(1)&lt;/script&gt;", `\u202egnp.exe\u2066`, "&lt;script&gt;alert(&#34;x&#34;)&#39;.pcap", "{{.Policy}}"} {
		if !strings.Contains(page, text) {
			t.Errorf("no %s", text)
		}
	}
	flow, _, _ := run(t, nil, "--flow", file)
	if bytes.ContainsAny(flow, "\x1b\r\u202e\u2066") || bytes.Count(flow, []byte("\n")) != 3*len(hostileNames)+1 {
		t.Errorf("%s", flow)
	}
}

// The page is not written over the capture.
func TestPageOverCapture(t *testing.T) {
	t.Parallel()
	capture, err := os.ReadFile(failover)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "x.pcap")
	if err := os.WriteFile(file, capture, 0o600); err != nil {
		t.Fatal(err)
	}
	_, stderr, status := run(t, nil, "--html="+file, file)
	after, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if status != 2 || !strings.Contains(string(stderr), "is the capture") || !bytes.Equal(capture, after) {
		t.Errorf("status %d: %s", status, stderr)
	}
}

// A page of a long capture is bounded, and names the parts that it lacks.
func TestLongPage(t *testing.T) {
	t.Parallel()
	var file memoryFile
	o := newHTMLOutput(&file, decode.New(), "long")
	ping, err := (&pingpong.Ping{MessageNo: 1}).AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	pong, err := (&pingpong.Pong{MessageNo: 1}).AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	echo, err := (&asapmsg.CookieEcho{Cookie: []byte("c")}).AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 30_000 {
		a := &numbered{Note: note{number: i + 1}}
		for j, m := range []dissect.Message{
			dissect.Decode(dissect.PingPong, ping), dissect.Decode(dissect.PingPong, pong), dissect.Decode(dissect.ASAP, echo),
		} {
			since := time.Duration(i)*time.Minute + time.Duration(j)*time.Millisecond
			host := netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
			r := &decode.Record{
				Message: m, Frame: 3*i + j, Since: since, Time: start.Add(since), Carrier: decode.OverSCTP,
				Src: netip.AddrPortFrom(host, 1), Dst: netip.AddrPortFrom(capturetest.Server4, 2),
			}
			if err := o.write(&message{r, a, j != 1}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := o.end(); err != nil {
		t.Fatal(err)
	}
	page := file.String()
	checkPage(t, page)
	if len(page) > 1<<20 {
		t.Errorf("%d octets", len(page))
	}
	for _, text := range []string{
		"messages from the ladder", "answers from the chart of latencies", "29800 failovers and takeovers", "29500 associations from",
		">other hosts<", "messages left out",
	} {
		if !strings.Contains(page, text) {
			t.Errorf("no %q", text)
		}
	}
}

// FuzzPage writes pages of any packets: no text becomes a tag, and the drawings are sound.
func FuzzPage(f *testing.F) {
	for _, p := range capturetest.Packets(capturetest.Samples()) {
		f.Add(p, int64(time.Second))
	}
	r, err := pcap.NewReader(bytes.NewReader(hostileCapture(f)))
	if err != nil {
		f.Fatal(err)
	}
	for p, err := r.Next(); err == nil; p, err = r.Next() {
		f.Add(bytes.Clone(p.Data), int64(1)<<62)
	}
	f.Fuzz(func(t *testing.T, packet []byte, later int64) {
		d := decode.New()
		d.IgnoreChecksums = true
		var file memoryFile
		o := newHTMLOutput(&file, d, string(packet))
		place := newAssociations(d)
		for i := range 2 {
			p := &pcap.Packet{Number: i + 1, Time: start.Add(time.Duration(i) * time.Duration(later)), Link: pcap.LinkRaw, Data: packet, Len: len(packet)}
			d.Packet(p, func(r *decode.Record) {
				m := place.place(r)
				if err := o.write(&m); err != nil {
					t.Fatal(err)
				}
			})
		}
		if err := o.end(); err != nil {
			t.Fatal(err)
		}
		checkPage(t, file.String())
	})
}
