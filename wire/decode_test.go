package wire_test

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

const (
	handle    = "00090008 41424344"
	address   = "00010008 c0000201"
	transport = "00040010 00070000 " + address
	policy    = "00080008 00000001"
	ids       = "aabbccdd 01020304"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Each kind of damage is told with its place, the parameter and its octets.
func TestSyntaxErrors(t *testing.T) {
	t.Parallel()
	const (
		element = "00000001 00000000 00000000"
		handleV = "00090008 41424344"
	)
	for _, test := range []struct {
		name, in string
		offset   int
		param    wire.ParamType
		err      error
		tlv      string
	}{
		{"nothing", "", 0, 0, wire.ErrTruncated, ""},
		{"half a header", "0100", 0, 0, wire.ErrTruncated, ""},
		{"length below the header", "05000003 00", 2, 0, wire.ErrBadLength, ""},
		{"length above the input", "0500000c" + handle[:8], 8, 0, wire.ErrTruncated, ""},
		{"length below the input", "05000008" + handle, 2, 0, wire.ErrBadLength, ""},
		{"unknown type", "4f000004", 0, 0, wire.ErrUnknownMessage, "4f000004"},
		{"half a parameter header", "05000006 0009", 4, 0, wire.ErrTruncated, "0009"},
		{"parameter of length 3", "05000008 00090003", 6, wire.ParamPoolHandle, wire.ErrBadLength, "00090003"},
		{"parameter beyond the end", "0500000c 00090009 41424344", 4, wire.ParamPoolHandle, wire.ErrTruncated, "00090009 41424344"},
		{"empty handle", "05000008 00090004", 8, wire.ParamPoolHandle, wire.ErrBadLength, "00090004"},
		{"no handle", "05000004", 4, wire.ParamPoolHandle, wire.ErrMissingParam, ""},
		{"two handles", "05000014" + handle + handle, 12, wire.ParamPoolHandle, wire.ErrDuplicateParam, handleV},
		{"no identifier", "0200000c" + handle, 12, wire.ParamPEIdentifier, wire.ErrMissingParam, ""},
		{"long identifier", "02000018" + handle + "000e000c 00000001 00000002", 16, wire.ParamPEIdentifier, wire.ErrBadLength, "000e000c 00000001 00000002"},
		{"no server identifier", "0a000006 0102", 6, 0, wire.ErrBadLength, ""},
		{"short option", "05000014" + handle + "803f0006 00070000", 18, wire.ParamHandleResolutionOption, wire.ErrBadLength, "803f0006 0007"},
		{"empty cookie", "0b000008 000d0004", 8, wire.ParamCookie, wire.ErrBadLength, "000d0004"},
		{"no cause", "0e000008 000c0004", 8, wire.ParamOperationError, wire.ErrBadLength, "000c0004"},
		{"cause of length 3", "0e00000c 000c0008 00050003", 10, 5, wire.ErrBadLength, "00050003"},
		{"short element", "01000018" + handle + "000a000c 00000001 00000000", 24, wire.ParamPoolElement, wire.ErrBadLength, "000a000c 00000001 00000000"},
		{"element without transport", "01000024" + handle + "000a0018" + element + policy, 36, wire.ParamSCTPTransport, wire.ErrMissingParam, "000a0018" + element + policy},
		{"element without policy", "0100002c" + handle + "000a0020" + element + transport, 44, wire.ParamPolicy, wire.ErrMissingParam, "000a0020" + element + transport},
		{"element with two policies", "0100003c" + handle + "000a0030" + element + transport + policy + policy, 52, wire.ParamPolicy, wire.ErrDuplicateParam, policy},
		{"element with three transports", "01000054" + handle + "000a0048" + element + transport + transport + transport + policy, 60, wire.ParamSCTPTransport, wire.ErrDuplicateParam, transport},
		{"policy 0", "01000034" + handle + "000a0028" + element + transport + "00080008 00000000", 48, wire.ParamPolicy, wire.ErrBadValue, "00080008 00000000"},
		{"policy 0x40000000", "01000034" + handle + "000a0028" + element + transport + "00080008 40000000", 48, wire.ParamPolicy, wire.ErrBadValue, "00080008 40000000"},
		{"policy without load", "01000034" + handle + "000a0028" + element + transport + "00080008 40000001", 52, wire.ParamPolicy, wire.ErrBadLength, "00080008 40000001"},
		{"transport without address", "0a000010 00000001 00040008 00070000", 16, wire.ParamIPv4Address, wire.ErrMissingParam, "00040008 00070000"},
		{"short transport", "0a00000e 00000001 00040006 0007", 14, wire.ParamSCTPTransport, wire.ErrBadLength, "00040006 0007"},
		{"short DCCP transport", "0100002c" + handle + "000a0020" + element + "00030008 00070000" + policy, 36, wire.ParamDCCPTransport, wire.ErrBadLength, "00030008 00070000"},
		{"TCP with two addresses", "0a000020 00000001 00050018 00070000" + address + address, 24, wire.ParamIPv4Address, wire.ErrDuplicateParam, address},
		{"short IPv4 address", "0a000018 00000001 00040010 00070000 00010006 c0000000", 20, wire.ParamIPv4Address, wire.ErrBadLength, "00010006 c000"},
		{"short IPv6 address", "0a000018 00000001 00040010 00070000 00020008 c0000000", 20, wire.ParamIPv6Address, wire.ErrBadLength, "00020008 c0000000"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m, err := asapmsg.Parse(unhex(t, test.in))
			checkSyntax(t, m, err, test.offset, test.param, test.err, unhex(t, test.tlv))
		})
	}
}

func TestSyntaxErrorsOfENRP(t *testing.T) {
	t.Parallel()
	const element = "000a0028 00000001 00000000 00000000" + transport + policy
	for _, test := range []struct {
		name, in string
		offset   int
		param    wire.ParamType
		err      error
		tlv      string
	}{
		{"unknown type", "0b00000c" + ids, 0, 0, wire.ErrUnknownMessage, "0b00000c" + ids},
		{"short", "05000008 aabbccdd", 8, 0, wire.ErrBadLength, ""},
		{"no target", "0700000e" + ids + "0102", 14, 0, wire.ErrBadLength, ""},
		{"no action", "0400000c" + ids, 12, 0, wire.ErrBadLength, ""},
		{"update without element", "04000018" + ids + "00000000" + handle, 24, wire.ParamPoolElement, wire.ErrMissingParam, ""},
		{"long checksum", "01000014" + ids + "000f0008 12345678", 16, wire.ParamPEChecksum, wire.ErrBadLength, "000f0008 12345678"},
		{"short server", "06000012" + ids + "000b0006 0000", 18, wire.ParamServerInformation, wire.ErrBadLength, "000b0006 0000"},
		{"server without transport", "06000014" + ids + "000b0008 00000001", 20, wire.ParamSCTPTransport, wire.ErrMissingParam, "000b0008 00000001"},
		{"server with two transports", "06000034" + ids + "000b0028 00000001" + transport + transport, 36, wire.ParamSCTPTransport, wire.ErrDuplicateParam, transport},
		{"two servers in a presence", "0100003c" + ids + "000b0018 00000001" + transport + "000b0018 00000001" + transport, 36, wire.ParamServerInformation, wire.ErrDuplicateParam, "000b0018 00000001" + transport},
		{"pool without elements", "03000014" + ids + handle, 20, wire.ParamPoolElement, wire.ErrMissingParam, ""},
		{"first pool without elements", "03000044" + ids + handle + handle + element, 20, wire.ParamPoolElement, wire.ErrMissingParam, ""},
		{"element without pool", "03000034" + ids + element, 12, wire.ParamPoolHandle, wire.ErrMissingParam, ""},
		{"damage behind an entry", "03000040" + ids + handle + element + "00990003", 62, 0x99, wire.ErrBadLength, "00990003"},
		{"no cause", "0a00000c" + ids, 12, wire.ParamOperationError, wire.ErrMissingParam, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m, err := enrpmsg.Parse(unhex(t, test.in))
			checkSyntax(t, m, err, test.offset, test.param, test.err, unhex(t, test.tlv))
		})
	}
}

func checkSyntax(t *testing.T, m any, err error, offset int, param wire.ParamType, want error, tlv []byte) {
	t.Helper()
	var got *wire.SyntaxError
	if m != nil || !errors.As(err, &got) {
		t.Fatalf("%+v, %v, want a syntax error", m, err)
	}
	if got.Offset != offset || got.Param != param || !errors.Is(err, want) || string(got.TLV) != string(tlv) {
		t.Errorf("%d %v %v %x, want %d %v %v %x", got.Offset, got.Param, got.Err, got.TLV, offset, param, want, tlv)
	}
	if s := err.Error(); !strings.Contains(s, want.Error()) {
		t.Errorf("%q does not say %q", s, want)
	}
}

// What is reported is the parameter, or the message whose type asks for it.
func TestCauses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		in      string
		code    wire.CauseCode
		info    string
		reports bool
	}{
		{"05000008 00090004", wire.CauseInvalidValues, "00090004", true},
		{"05000004", wire.CauseInvalidValues, "", true},
		{"0f000008 01020304", wire.CauseUnrecognizedMessage, "0f000008 01020304", false},
		{"4f000008 01020304", wire.CauseUnrecognizedMessage, "4f000008 01020304", true},
		{"8f000008 01020304", wire.CauseUnrecognizedMessage, "8f000008 01020304", false},
		{"ff000008 01020304", wire.CauseUnrecognizedMessage, "ff000008 01020304", false},
	} {
		_, err := asapmsg.Parse(unhex(t, test.in))
		var syntax *wire.SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%s: %v", test.in, err)
			continue
		}
		c := syntax.Cause()
		if c.Code != test.code || string(c.Info) != string(unhex(t, test.info)) || syntax.Reports() != test.reports {
			t.Errorf("%s: %v %x, to be reported: %v", test.in, c.Code, c.Info, syntax.Reports())
		}
	}
}

// The longest damaged parameter or unknown message can still be reported.
func TestCauseFits(t *testing.T) {
	t.Parallel()
	for _, typ := range []string{"4f00ffff", "0500ffff 0009ffff"} {
		in := append(unhex(t, typ), make([]byte, 0xffff)...)[:0xffff]
		_, err := asapmsg.Parse(in)
		var syntax *wire.SyntaxError
		if !errors.As(err, &syntax) {
			t.Fatal(err)
		}
		m := &enrpmsg.Error{Causes: []wire.ErrorCause{syntax.Cause()}}
		if b, err := m.AppendBinary(nil); err != nil || len(b) != 0xfffc {
			t.Errorf("%s: %d octets, %v", typ, len(b), err)
		}
	}
}
