package pcap_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/tools/pcap"
)

// erf returns a file of the format ERF with a packet of 60 octets.
func erf() []byte {
	b := make([]byte, 18+60)
	binary.LittleEndian.PutUint32(b[4:], 1_800_000_000)
	b[8] = 2
	binary.BigEndian.PutUint16(b[10:], uint16(len(b)))
	binary.BigEndian.PutUint16(b[14:], 60)
	return b
}

// An error names the format of a file that is no capture, also if the file is compressed.
func TestFoundFormat(t *testing.T) {
	t.Parallel()
	program, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	for octets, want := range map[string]string{
		"":                        "an empty file",
		string(program[:1000]):    "an ELF program",
		" {\"frame\": 1}\n":       "a JSON document",
		"[1, 2]":                  "a JSON document",
		"<html>":                  "an XML or HTML document",
		"Pools\tund Stühle\n":     "a text",
		strings.Repeat("ä", 1000): "a text",
		string(erf()):             "a capture in the format ERF",
		"\x28\xb5\x2f\xfdxxx":     "a file compressed by zstd",
		"\x82\x69rspreplay\x01":   "a session recorded by rspreplay",
		"\x00\x01\x02\x03\x04":    "a file that begins with the octets 00010203",
		"text\x1b[2J":             "a file that begins with the octets 74657874",
		"\xff":                    "a file that begins with the octets ff",
	} {
		if strings.Contains(want, "ELF") && !bytes.HasPrefix(program, []byte("\x7fELF")) {
			continue
		}
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		if _, err := w.Write([]byte(octets)); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		for _, file := range [][]byte{[]byte(octets), packed.Bytes()} {
			_, err := pcap.NewReader(bytes.NewReader(file))
			var format *pcap.FormatError
			if !errors.As(err, &format) || !errors.Is(err, pcap.ErrFormat) || format.Found != want {
				t.Errorf("%.20q: %v, want %s", octets, err, want)
			}
		}
	}
}
