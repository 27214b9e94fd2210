package integration

import (
	"fmt"
	"testing"

	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// Each side reports an unknown message of the control channel if the high bits of its type ask for
// it (RFC 5352, 2.2.14; RFC 5354, 4), and a damaged message. Reports are never reported.
func TestReportsOnControlChannel(t *testing.T) {
	for name, connect := range map[string]func(*bed) transport.Association{
		"element": func(b *bed) transport.Association {
			l := b.listen(b.node(b.net.Host(), b.pr), nil)
			return b.connect(b.bind(b.net.Host()), l.LocalAddrs())
		},
		"user": func(b *bed) transport.Association {
			raw := b.registerRaw(b.net.Host(), 0x77)
			b.dial(b.node(b.net.Host(), b.pr), nil)
			return raw.accept()
		},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, b *bed) {
				b.registrar(b.pr, registrar.Config{})
				a := connect(b)
				for _, tc := range []struct {
					message []byte
					want    string // causes of the report, empty: there is none
				}{
					{[]byte{0x3f, 0, 0, 4}, ""},
					{[]byte{0x7f, 0, 0, 8, 1, 2, 3, 4}, "[unrecognized message 7f00000801020304]"},
					{[]byte{0xbf, 0, 0, 4}, ""},
					{[]byte{0xff, 0, 0, 4}, ""},
					{[]byte{0x0b, 0, 0, 12, 0, 0x0d, 0, 9, 1, 2, 3, 4}, "[invalid values 000d000901020304]"},
					{[]byte{0x0e, 0, 0, 4}, ""},
					{[]byte{0x0e, 0, 0, 9, 1}, ""},
					{[]byte{0x0d}, "[invalid values ]"},
				} {
					write(b, a, wire.PPIDASAP, tc.message)
					// The report of a second message tells whether there is one of the first.
					write(b, a, wire.PPIDASAP, []byte{0x40, 0, 0, 4})
					got := ""
					for {
						report := readReport(b, a)
						if report == "[unrecognized message 40000004]" {
							break
						}
						got += report
					}
					if got != tc.want {
						t.Errorf("report of %x: %q, want %q", tc.message, got, tc.want)
					}
				}
			})
		})
	}
}

// readReport returns the causes of the next message, which must be an error.
func readReport(b *bed, a transport.Association) string {
	b.t.Helper()
	m, ok := readControl(b, a).(*asapmsg.Error)
	if !ok {
		b.t.Fatal("no error message")
	}
	causes := []string{}
	for _, c := range m.Causes {
		causes = append(causes, fmt.Sprintf("%v %x", c.Code, c.Info))
	}
	return fmt.Sprint(causes)
}
