package wire_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
	"github.com/rserpool-go/rserpool/wire/internal/wiretest"
)

// fill returns a message of the greatest length that begins with head and goes on with
// as many copies of unit as fit.
func fill(t *testing.T, head, unit string) []byte {
	t.Helper()
	b, u := unhex(t, head), unhex(t, unit)
	for len(b)+len(u) <= 0xffff {
		b = append(b, u...)
	}
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	return b
}

// nest returns fill for a message with one parameter, which begins with head in turn.
func nest(t *testing.T, message, head, unit string) []byte {
	t.Helper()
	start := len(unhex(t, message))
	b := fill(t, message+head, unit)
	binary.BigEndian.PutUint16(b[start+2:], uint16(len(b)-start))
	return b
}

// Whatever a message is full of, decoding allocates no more than a small multiple of
// its size. It is not parallel as it counts what the process allocates.
func TestAllocation(t *testing.T) {
	const (
		fixed   = "00000001 00000000 00000000"
		opaque  = "00100004"
		element = "000a001c" + fixed + opaque + policy
		full    = "000a002c" + fixed + opaque + policy + "00040010 00000000" + address
		server  = "000b000c 00000001" + opaque
	)
	nothing := []string{"80990004", "80990005 00000000", "c0990008 00000000"}
	for name, in := range map[string][]byte{
		"elements":              fill(t, "06000000"+handle, element),
		"full elements":         fill(t, "06000000"+handle, full),
		"elements cut short":    append(fill(t, "06000000"+handle, element)[:0xff00:0xff00], 0, 10, 0, 3),
		"one element":           fill(t, "06000000"+handle+element, nothing[0]),
		"card":                  fill(t, "0d000000"+handle, element),
		"transports":            fill(t, "0a000000 00000001", opaque),
		"transports, odd":       fill(t, "0a000000 00000001", "00100005 01000000"),
		"addresses":             nest(t, "0a000000 00000001", "00040000 00070000", address),
		"unknown in transport":  nest(t, "0a000000 00000001", "00040000 00070000"+address, nothing[0]),
		"addresses and unknown": nest(t, "0a000000 00000001", "00040000 00070000", address+nothing[0]),
		"unknown":               fill(t, "05000000"+handle, nothing[0]),
		"unknown, odd":          fill(t, "05000000"+handle, nothing[1]),
		"unknown, 4 octets":     fill(t, "05000000"+handle, nothing[2]),
		"causes":                nest(t, "0e000000", "000c0000", "00000004"),
		"causes, odd":           nest(t, "0e000000", "000c0000", "00000005 00000000"),
		"unknown in element":    nest(t, "01000000"+handle, "000a0000"+fixed+transport+policy, nothing[0]),
		"long cookie":           nest(t, "0b000000", "000d0000", "00000000"),
		"long policy":           nest(t, "06000000"+handle, "00080000 00000001", "00000000"),
		"long unknown":          nest(t, "06000000"+handle, "80990000", "00000000"),
		"long damage":           nest(t, "06000000", "000a0000"+fixed, "00000000"),
		"unknown type":          fill(t, "0f000000", "00000000"),
	} {
		wiretest.CheckAlloc(t, name, in, asapmsg.Parse)
	}
	for name, in := range map[string][]byte{
		"pools":              fill(t, "03000000"+ids, "00090005 01000000"+element),
		"pools and elements": fill(t, "03000000"+ids, "00090005 01000000"+strings.Repeat(element, 5)),
		"one pool":           fill(t, "03000000"+ids+handle, element),
		"one element":        fill(t, "03000000"+ids+handle+element, nothing[0]),
		"handles":            fill(t, "03000000"+ids, handle),
		"servers":            fill(t, "06000000"+ids, server),
		"server and unknown": fill(t, "06000000"+ids+server, nothing[0]),
		"unknown":            fill(t, "02000000"+ids, nothing[0]),
		"causes":             nest(t, "0a000000"+ids, "000c0000", "00000004"),
	} {
		wiretest.CheckAlloc(t, name, in, enrpmsg.Parse)
	}
}

// The same for the vectors and what damage makes of them, one after the other.
func TestAllocationOfVectors(t *testing.T) {
	for _, v := range wiretest.Vectors(t, "") {
		n := 0
		for damaged := range wiretest.Mutations(v.Bytes()) {
			if n++; n%50 != 1 {
				continue // Measuring stops the world: a sample will do.
			}
			if v.Protocol == "ENRP" {
				wiretest.CheckAlloc(t, v.Name, damaged, enrpmsg.Parse)
			} else {
				wiretest.CheckAlloc(t, v.Name, damaged, asapmsg.Parse)
			}
		}
	}
}
