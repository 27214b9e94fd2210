package asapmsg_test

import (
	"testing"

	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/internal/wiretest"
)

// What wiretest.Check says holds for any input, and what decoding allocates is bounded.
func FuzzParse(f *testing.F) {
	for _, v := range wiretest.Vectors(f, "ASAP") {
		f.Add(v.Bytes())
	}
	for _, m := range samples() {
		b, err := m.AppendBinary(nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := wiretest.Check(t, b, asapmsg.Parse)
		if err == nil {
			u := asapmsg.Unrecognized(m)
			if n := len(u.Causes()); n > len(u.Report) {
				t.Errorf("%x: %d causes for %d parameters", b, n, len(u.Report))
			}
		}
		wiretest.CheckAlloc(t, "input", b, asapmsg.Parse)
	})
}
