package pcap

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// A FormatError is [ErrFormat] with the format that the input seems to have.
type FormatError struct {
	// Found names the format, such as "an ELF program".
	Found string
}

// Error names the format that was found, and the formats that can be read.
func (e *FormatError) Error() string { return fmt.Sprintf("%s, %v", e.Found, ErrFormat) }

// Unwrap returns [ErrFormat].
func (e *FormatError) Unwrap() error { return ErrFormat }

// formats are known formats by their first octets.
var formats = []struct{ magic, name string }{
	{"\x7fELF", "an ELF program"},
	{"MZ", "a program for Windows"},
	{"#!", "a script"},
	{"\x28\xb5\x2f\xfd", "a file compressed by zstd"},
	{"\xfd7zXZ\x00", "a file compressed by xz"},
	{"BZh", "a file compressed by bzip2"},
	{"\x04\x22\x4d\x18", "a file compressed by lz4"},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive"},
	{"PK\x03\x04", "a ZIP archive"},
	{"%PDF", "a PDF document"},
	{"\x89PNG", "a PNG picture"},
	{"snoop\x00", "a capture in the format snoop"},
	{"GMBU", "a capture of Microsoft Network Monitor"},
	{"RTSS", "a capture of Microsoft Network Monitor"},
	{"\x82\x69rspreplay", "a session recorded by rspreplay"},
	{"<?xml", "an XML document"},
}

// sniffLen is the number of octets that tell a format.
const sniffLen = 512

// foundFormat names the format of a file by its first octets.
func foundFormat(head []byte) string {
	if len(head) == 0 {
		return "an empty file"
	}
	for _, f := range formats {
		if bytes.HasPrefix(head, []byte(f.magic)) {
			return f.name
		}
	}
	switch text := bytes.TrimLeft(head, "\ufeff \t\r\n"); {
	case isERF(head):
		return "a capture in the format ERF"
	case !isText(head):
		return fmt.Sprintf("a file that begins with the octets %x", head[:min(len(head), 4)])
	case bytes.HasPrefix(text, []byte("{")), bytes.HasPrefix(text, []byte("[")):
		return "a JSON document"
	case bytes.HasPrefix(text, []byte("<")):
		return "an XML or HTML document"
	}
	return "a text"
}

// isERF recognizes the first record of an ERF file. The format has no magic number.
func isERF(head []byte) bool {
	const headLen, ethernet, earliest = 18, 2, 631152000 // 1990
	if len(head) < headLen {
		return false
	}
	seconds := binary.LittleEndian.Uint32(head[4:])
	record, packet := int(binary.BigEndian.Uint16(head[10:])), int(binary.BigEndian.Uint16(head[14:]))
	return head[8]&0x7f == ethernet && seconds > earliest && record >= headLen && packet > 0 && record-headLen <= packet+8
}

// isText reports whether octets are the beginning of a text in UTF-8.
func isText(head []byte) bool {
	for len(head) > 0 {
		r, n := utf8.DecodeRune(head)
		if r == utf8.RuneError && n == 1 && (utf8.FullRune(head) || len(head) >= utf8.UTFMax) {
			return false
		}
		if unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' {
			return false
		}
		head = head[n:]
	}
	return true
}
