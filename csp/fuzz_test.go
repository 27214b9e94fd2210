package csp_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/rserpool-go/rserpool/csp"
)

// errProperty marks what a decoder must never do, other than refuse its input.
var errProperty = errors.New("property does not hold")

// checkParse parses b. An error is one with an offset inside b; a report that was
// parsed is the same after encoding and parsing again, and no larger than b.
func checkParse(b []byte) error {
	r, err := csp.Parse(b)
	if err != nil {
		var syntax *csp.SyntaxError
		if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(b) {
			return fmt.Errorf("%w: error without proper offset: %v", errProperty, err)
		}
		return err
	}
	out, err := r.AppendBinary(nil)
	if err != nil || len(out) != len(b) {
		return fmt.Errorf("%w: %d octets encode as %d: %v", errProperty, len(b), len(out), err)
	}
	again, err := csp.Parse(out)
	if err != nil || !reflect.DeepEqual(again, r) {
		return fmt.Errorf("%w: %v\n got %+v\nwant %+v", errProperty, err, again, r)
	}
	return nil
}

func FuzzParse(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.octets)
	}
	b, err := full().AppendBinary(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		in := bytes.Clone(b)
		if err := checkParse(b); errors.Is(err, errProperty) {
			t.Error(err)
		}
		if !bytes.Equal(in, b) {
			t.Error("input was written to")
		}
	})
}

// TestAllocations holds that what is allocated does not depend on what a report
// claims, only on what there is of it.
func TestAllocations(t *testing.T) {
	b, err := full().AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	const most = 4 // report, location, status, associations
	if n := testing.AllocsPerRun(100, func() { _, _ = csp.Parse(b) }); n > most {
		t.Errorf("%v allocations, want at most %d", n, most)
	}
	r := full()
	if n := testing.AllocsPerRun(100, func() { _, _ = r.AppendBinary(b[:0]) }); n != 0 {
		t.Errorf("encoding into a slice with room allocates %v times", n)
	}
	b[286], b[287] = 0xff, 0xff
	if n := testing.AllocsPerRun(100, func() { _, _ = csp.Parse(b) }); n > 1 {
		t.Errorf("a report that claims too many associations: %v allocations", n)
	}
}

func BenchmarkParse(b *testing.B) {
	for _, v := range vectors(b) {
		b.Run(v.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := csp.Parse(v.octets); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, v := range vectors(b) {
		r, err := csp.Parse(v.octets)
		if err != nil {
			b.Fatal(err)
		}
		buf := make([]byte, 0, len(v.octets))
		b.Run(v.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.AppendBinary(buf); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
