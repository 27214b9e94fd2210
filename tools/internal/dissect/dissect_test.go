package dissect_test

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/tools/internal/capturetest"
	"github.com/rserpool-go/rserpool/tools/internal/dissect"
	"github.com/rserpool-go/rserpool/wire"
)

// render returns a tree in one line, with offsets.
func render(value any) string {
	var b strings.Builder
	switch v := value.(type) {
	case dissect.Tree:
		b.WriteByte('{')
		for _, f := range v {
			if f.Framing {
				continue
			}
			if b.Len() > 1 {
				b.WriteByte(' ')
			}
			fmt.Fprintf(&b, "%s@%d+%d=%s", f.Name, f.Offset, f.Len, render(f.Value))
		}
		b.WriteByte('}')
	case dissect.List:
		b.WriteByte('[')
		for i, f := range v {
			if i > 0 {
				b.WriteByte(' ')
			}
			fmt.Fprintf(&b, "@%d+%d=%s", f.Offset, f.Len, render(f.Value))
		}
		b.WriteByte(']')
	default:
		fmt.Fprint(&b, v)
	}
	return b.String()
}

func TestFields(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		protocol dissect.Protocol
		hex      string
		name     string
		fields   string
		err      string
	}{
		"unknown type":   {dissect.ASAP, "4f000004", "ASAP(0x4f)", "{flags@1+1=[]}", "0: unknown message type"},
		"nothing":        {dissect.ENRP, "", "ENRP(0x00)", "{}", "0: truncated"},
		"three octets":   {dissect.ASAP, "010000", "ASAP_REGISTRATION", "{}", "0: truncated"},
		"flags":          {dissect.ENRP, "0383000c 00000001 00000002", "ENRP_HANDLE_TABLE_RESPONSE", "{flags@1+1=[@1+1=R @1+1=M @1+1=0x80] sender_id@4+4=0x00000001 receiver_id@8+4=0x00000002}", ""},
		"identifier cut": {dissect.ENRP, "05000008 00000001", "ENRP_LIST_REQUEST", "{flags@1+1=[] sender_id@4+4=0x00000001}", "8: bad length"},
		"handle of old":  {dissect.ASAP, "0500000c 00070008 6f6c6421", "ASAP_HANDLE_RESOLUTION", "{flags@1+1=[] transports@4+8=[@4+8={protocol@4+2=UDP-Lite port@8+2=28524}]}", "12: Pool Handle: mandatory parameter missing"},
		"unknown":        {dissect.ASAP, "05000010 00090005 41000000 80990004", "ASAP_HANDLE_RESOLUTION", "{flags@1+1=[] pool_handle@4+5=A unknown@12+4=[@12+4={type@12+2=0x8099 action@12+1=skip value@16+0=}]}", ""},
		"handle twice":   {dissect.ASAP, "05000014 00090005 41000000 00090005 42000000", "ASAP_HANDLE_RESOLUTION", "{flags@1+1=[] pool_handle@4+5=A unknown@12+5=[@12+5={type@12+2=0x0009 name@12+2=Pool Handle value@16+1=42}]}", "12: Pool Handle: parameter repeated"},
		"parameter too long": {
			dissect.ASAP, "05000014 00090005 41000000 800000ff 42000000", "ASAP_HANDLE_RESOLUTION",
			"{flags@1+1=[] pool_handle@4+5=A}", "12: ParamType(0x8000): truncated",
		},
		"short element": {
			dissect.ASAP, "01000014 00090005 41000000 000a0008 00000001", "ASAP_REGISTRATION",
			"{flags@1+1=[] pool_handle@4+5=A pool_element@12+8={type@12+2=0x000a name@12+2=Pool Element value@16+4=00000001}}", "20: Pool Element: bad length",
		},
		"element alone in a table": {
			dissect.ENRP, "03000014 00000001 00000002 000a0008 00000001", "ENRP_HANDLE_TABLE_RESPONSE",
			"{flags@1+1=[] sender_id@4+4=0x00000001 receiver_id@8+4=0x00000002 unknown@12+8=[@12+8={type@12+2=0x000a name@12+2=Pool Element value@16+4=00000001}] pools@12+8=[]}",
			"12: Pool Handle: mandatory parameter missing",
		},
		"policy unknown": {
			dissect.ASAP, "0600001c 00090005 41000000 00080010 12345678 00000001 00000002", "ASAP_HANDLE_RESOLUTION_RESPONSE",
			"{flags@1+1=[] pool_handle@4+5=A policy@12+16={type@16+4=0x12345678 extra@20+8=0000000100000002}}", "",
		},
		"control characters": {dissect.ASAP, "0500000c 00090008 1b5b324a", "ASAP_HANDLE_RESOLUTION", `{flags@1+1=[] pool_handle@4+8=\x1b[2J}`, ""},
		"other characters":   {dissect.ASAP, "0500000c 00090008 c3bcc29b", "ASAP_HANDLE_RESOLUTION", `{flags@1+1=[] pool_handle@4+8=ü\u009b}`, ""},
		"data":               {dissect.Echo, "c3bc0aff", "ECHO_DATA", `{data@0+4=ü\n\xff}`, ""},
		"ping":               {dissect.PingPong, "0100000d 0000000000000007 41", "PINGPONG_PING", "{message_no@4+8=7 data@12+1=A}", ""},
		"damaged ping":       {dissect.PingPong, "0100000b 00000000000007", "PINGPONG_PING", "{}", "2: bad length"},
		"report of others":   {dissect.CSP, "02000004 00000200", "CSP_REPORT", "{}", "0: unknown message type"},
		"SSP end":            {dissect.SSP, "02000004", "SSP_UPLOAD", "{data@4+0=}", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := hex.DecodeString(strings.ReplaceAll(test.hex, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			m := dissect.Decode(test.protocol, b)
			if got := render(m.Fields()); m.Name != test.name || got != test.fields {
				t.Errorf("%s\n got %s\nwant %s", m.Name, got, test.fields)
			}
			got := ""
			if m.Err != nil {
				got = fmt.Sprintf("%d: %s", m.ErrorOffset(), m.ErrorText())
			}
			if got != test.err {
				t.Errorf("error %q, want %q", got, test.err)
			}
		})
	}
}

// TestSummary has the summaries that the captures of rspdecode's tests lack.
func TestSummary(t *testing.T) {
	t.Parallel()
	const address = "00010008 c0000201"
	tests := map[string]struct {
		protocol  dissect.Protocol
		hex, want string
	}{
		"all items":      {dissect.ASAP, "05010014 00090005 41000000 803f0008 ffffffff", "pool=A items=all [S]"},
		"control octets": {dissect.ASAP, "0500000c 00090008 1b5b324a", `pool="\x1b[2J"`},
		"several causes": {dissect.ASAP, "0e000010 000c000c 00050004 00060004", "inconsistent pool policy, lack of resources"},
		"no elements":    {dissect.ASAP, "0600000c 00090005 41000000", "pool=A pes=0"},
		"all of a pool":  {dissect.ASAP, "07000010 00000001 00090005 41000000", "pool=A server=0x00000001"},
		"identifier 0":   {dissect.ASAP, "02000014 00090005 41000000 000e0008 00000000", "pool=A pe=0x00000000"},
		"no transport":   {dissect.ASAP, "0a000008 00000001", "server=0x00000001"},
		"two transports": {
			dissect.ASAP, "0a000028 00000001 00040010 00070001" + address + "00050010 00500000" + address,
			"server=0x00000001 SCTP 192.0.2.1:7 with control, TCP 192.0.2.1:80",
		},
		"no checksum": {dissect.ENRP, "0100000c 00000001 00000002", "from=0x00000001 to=0x00000002"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := hex.DecodeString(strings.ReplaceAll(test.hex, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			m := dissect.Decode(test.protocol, b)
			if got := m.Summary(); got != test.want {
				t.Errorf("got %s\nwant %s", got, test.want)
			}
		})
	}
}

// TestPools holds which samples name a pool.
func TestPools(t *testing.T) {
	t.Parallel()
	for _, s := range capturetest.Samples() {
		m := dissect.Decode(dissect.ByPPID(s.PPID, 0, s.UDPPort), s.Octets())
		if (s.PPID == wire.PPIDASAP || s.PPID == wire.PPIDENRP) && m.Err != nil {
			t.Errorf("%s: %v", m.Name, m.Err)
		}
		tree := render(m.Fields())
		pools := m.Pools()
		if strings.Contains(tree, "pool_handle") != (len(pools) > 0) {
			t.Errorf("%s: %v", m.Name, pools)
		}
		if m.Name == "ENRP_HANDLE_TABLE_RESPONSE" && len(pools) > 0 && !slices.Equal(pools, []wire.PoolHandle{"EchoPool", "CalcAppPool"}) {
			t.Errorf("%s: %v", m.Name, pools)
		}
	}
}

func BenchmarkFields(b *testing.B) {
	for _, s := range capturetest.Samples()[:1] {
		m := dissect.Decode(dissect.ASAP, s.Octets())
		b.Run("Decode", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				dissect.Decode(dissect.ASAP, m.Octets)
			}
		})
		b.Run("Fields", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m.Fields()
			}
		})
		b.Run("Summary", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = m.Summary()
			}
		})
	}
}

// TestNested holds that a message is not shown much longer than it is, however deep the
// parameters in it are nested.
func TestNested(t *testing.T) {
	t.Parallel()
	var element []byte
	for range 1000 {
		n := 16 + len(element)
		element = append([]byte{0, 0x0a, byte(n >> 8), byte(n), 15: 0}, element...)
	}
	n := 4 + len(element)
	message := dissect.Decode(dissect.ASAP, append([]byte{1, 0, byte(n >> 8), byte(n)}, element...))
	fields := message.Fields()
	if got := strings.Count(render(fields), "{"); got > 10 {
		t.Errorf("%d trees in each other", got)
	}
	if message.Err == nil {
		t.Error("it is taken for a registration")
	}
}
