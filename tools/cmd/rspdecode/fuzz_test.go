package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"github.com/rserpool-go/rserpool/tools/internal/capturetest"
	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/tools/internal/dissect"
	"github.com/rserpool-go/rserpool/tools/pcap"
)

// strictCBOR returns a decoder of the records, with the limits that a program should set for input of strangers.
func strictCBOR(tb testing.TB, r io.Reader) *cbor.Decoder {
	tb.Helper()
	mode, err := cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden,
		DefaultMapType: reflect.TypeFor[map[string]any](), MaxNestedLevels: 16,
	}.DecMode()
	if err != nil {
		tb.Fatal(err)
	}
	return mode.NewDecoder(r)
}

// FuzzOutput writes the messages of a packet in all forms: text has lines, JSON and CBOR are valid and say the same,
// apart from numbers that JSON lacks.
func FuzzOutput(f *testing.F) {
	for _, p := range capturetest.Packets(capturetest.Samples()) {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, packet []byte) {
		d := decode.New()
		d.IgnoreChecksums = true
		var text, jsonLines, sequence bytes.Buffer
		outputs := []output{
			&textOutput{w: &text, verbose: true, time: "utc"}, &flowOutput{w: &text, time: "utc"}, &jsonOutput{w: &jsonLines}, &cborOutput{w: &sequence}, newSummary(io.Discard, d, "text"),
		}
		records := 0
		place := newAssociations(d)
		d.Packet(&pcap.Packet{Number: 1, Link: pcap.LinkRaw, Data: packet, Len: len(packet)}, func(r *decode.Record) {
			records++
			m := place.place(r)
			for _, out := range outputs {
				if err := out.write(&m); err != nil {
					t.Fatal(err)
				}
			}
		})
		for _, out := range outputs {
			if err := out.end(); err != nil {
				t.Fatal(err)
			}
		}
		if bytes.ContainsAny(text.Bytes(), "\r\x1b\x00\u202e\u2066") {
			t.Fatalf("control characters: %q", text.String())
		}
		fromJSON, fromCBOR := json.NewDecoder(&jsonLines), strictCBOR(t, &sequence)
		for range records {
			var object, same map[string]any
			if err := errors.Join(fromJSON.Decode(&object), fromCBOR.Decode(&same)); err != nil {
				t.Fatal(err)
			}
			if got, want := plainJSON(t, same), plainJSON(t, object); !reflect.DeepEqual(got, want) {
				t.Fatalf("\nCBOR %v\nJSON %v", got, want)
			}
		}
		if err := fromCBOR.Decode(new(any)); !errors.Is(err, io.EOF) {
			t.Fatalf("more than %d records: %v", records, err)
		}
	})
}

// plainJSON returns a value as encoding/json reads it after writing it.
func plainJSON(t *testing.T, v any) (out any) {
	t.Helper()
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// FuzzFilter asserts that names in options are those of known protocols, messages and forms of time.
func FuzzFilter(f *testing.F) {
	for _, s := range []string{"asap,enrp", "ASAP_REGISTRATION", "keep-alive,handle_update", "local", "relative", ",", "csp", "0x12,7", "10.1.0.0/16,::1", "1.5..3", "..2026-01-31 12:00:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		parts := strings.Count(s, ",") + 1
		var p protocols
		if err := p.UnmarshalText([]byte(s)); err == nil {
			if len(p) != parts || slices.ContainsFunc(p, func(known dissect.Protocol) bool { return !slices.Contains(dissect.Protocols(), known) }) {
				t.Fatalf("%q is %q", s, p)
			}
		}
		var names types
		if err := names.UnmarshalText([]byte(s)); err == nil {
			if strings.Contains(","+s+",", ",,") || len(names) < parts ||
				slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(messageNames(), name) }) {
				t.Fatalf("%q is %q", s, names)
			}
		}
		var m message
		emit(t, func(r message) { m = r })
		for _, name := range []string{"protocol", "type", "pool", "element", "registrar", "host", "port", "association", "during"} {
			var not exclusions
			if err := not.UnmarshalText([]byte(name + "=" + s)); err != nil {
				continue
			}
			same, opposite := filter{wanted: not}, filter{unwanted: not}
			if same.passes(&m) == opposite.passes(&m) {
				t.Fatalf("--%[1]s=%[2]s and --not=%[1]s=%[2]s both say %[3]v", name, s, same.passes(&m))
			}
		}
	})
}

// emit decodes a packet with a registration.
func emit(tb testing.TB, yield func(message)) {
	tb.Helper()
	d := decode.New()
	place := newAssociations(d)
	data := capturetest.Packets(capturetest.Samples()[:1])[0]
	d.Packet(&pcap.Packet{Number: 1, Link: pcap.LinkRaw, Data: data, Len: len(data)}, func(r *decode.Record) { yield(place.place(r)) })
}
