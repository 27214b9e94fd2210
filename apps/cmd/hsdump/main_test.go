package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"net/netip"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/fxamacker/cbor/v2"

	"github.com/rserpool-go/rserpool/apps/internal/handletable"
	"github.com/rserpool-go/rserpool/internal/cli/clitest"
	"github.com/rserpool-go/rserpool/internal/cli/rsplib/rsplibtest"
	"github.com/rserpool-go/rserpool/wire"
)

var update = flag.Bool("update", false, "rewrite the expected output")

func TestMain(m *testing.M) { clitest.Main(m, map[string]func(){"hsdump": main}) }

func TestScripts(t *testing.T) {
	t.Parallel()
	clitest.Run(t)
}

// TestOptions compares the options with those of RSPLIB.
func TestOptions(t *testing.T) {
	t.Parallel()
	rsplibtest.Check(t, "hsdump", func() *program { return new(program) })
}

// sample returns a dump with elements of several policies, and handles that are no text.
func sample() *dump {
	addr := func(s string) netip.Addr { return netip.MustParseAddr(s) }
	element := func(pool wire.PoolHandle, id wire.PEID, policy wire.Policy, addrs ...netip.Addr) handletable.Element {
		return handletable.Element{Pool: pool, PoolElement: &wire.PoolElement{
			ID: id, HomeID: 0x0a, RegistrationLife: 90 * time.Second, Policy: policy,
			UserTransport: wire.Transport{Protocol: wire.SCTP, Port: 7, Use: wire.DataAndControl, Addrs: addrs},
			ASAPTransport: &wire.Transport{Protocol: wire.SCTP, Port: 8, Addrs: addrs[:1]},
		}}
	}
	v4, v6 := addr("192.0.2.1"), addr("2001:db8::1")
	checksum := uint16(0x12ab)
	without := element("\xff\x00", 5, wire.Policy{Type: wire.RoundRobin}, v6)
	without.ASAPTransport = nil
	return &dump{
		Table: &handletable.Table{
			Registrar: 0x0a, Checksum: &checksum,
			Peers: []wire.ServerInformation{{ID: 0x0b, Transport: wire.Transport{Protocol: wire.SCTP, Port: 9901, Addrs: []netip.Addr{v4, v6}}}},
			Elements: []handletable.Element{
				element("Echo\x1b[31m", 1, wire.Policy{Type: wire.LeastUsedDegradation, Load: wire.FullLoad / 2, LoadDegradation: wire.FullLoad}, v4),
				element("Echo\x1b[31m", 0x1000, wire.Policy{Type: wire.LeastUsed}, v4, v6, v4, v4, v4, v4),
				element("Weighted", 3, wire.Policy{Type: wire.WeightedRandomDPF, Weight: 10, WeightDPF: 4294967, Distance: 12}, v4),
				without,
			},
		},
		addr: netip.MustParseAddrPort("192.0.2.9:9901"),
		at:   time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC),
		took: 2500 * time.Microsecond,
	}
}

// TestForms compares a dump in the forms of text and JSON with files. The form of CBOR has the same content.
func TestForms(t *testing.T) {
	outputs := make(map[string][]byte)
	for _, form := range []string{"text", "json", "cbor"} {
		write, err := writer(form)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := write(&b, sample()); err != nil {
			t.Fatal(err)
		}
		outputs[form] = b.Bytes()
	}
	for _, form := range []string{"text", "json"} {
		file := "testdata/sample." + form
		if *update {
			if err := os.WriteFile(file, outputs[form], 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(outputs[form], want) {
			t.Errorf("%s: got\n%s\nwant\n%s", form, outputs[form], want)
		}
	}
	for _, r := range string(outputs["text"]) {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Errorf("text has the character %q", r)
		}
	}
	var fromJSON, fromCBOR document
	if err := errors.Join(json.Unmarshal(outputs["json"], &fromJSON), cbor.Unmarshal(outputs["cbor"], &fromCBOR)); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(fromJSON, fromCBOR) {
		t.Errorf("JSON %+v, CBOR %+v", fromJSON, fromCBOR)
	}
}

// TestScreen draws dumps at a terminal of 40 columns and 6 lines, and an error in between.
func TestScreen(t *testing.T) {
	var out strings.Builder
	s := &screen{out: &out, size: func() (int, int) { return 40, 6 }}
	draw := func(d *dump, err error) []string {
		out.Reset()
		if err := s.show(d, err); err != nil {
			t.Fatal(err)
		}
		text, found := strings.CutPrefix(out.String(), home)
		text, complete := strings.CutSuffix(text, eraseLine+"\r\n"+eraseRest)
		if !found || !complete {
			t.Fatalf("drawn %q", out.String())
		}
		return strings.Split(text, eraseLine+"\r\n")
	}
	first := draw(sample(), nil)
	if len(first) != 5 || first[0] != "Registrar 0x0000000a at 192.0.2.9:9901,"[:39] || first[4] != "(15 more lines)" {
		t.Errorf("drawn %q", first)
	}
	failed := draw(nil, errors.New("no answer"))
	if len(failed) != 5 || failed[0] != "hsdump: no answer; trying again" || failed[2] != first[0] {
		t.Errorf("drawn %q", failed)
	}
	if again := draw(sample(), nil); !reflect.DeepEqual(again, first) {
		t.Errorf("drawn %q", again)
	}
}
