// Package codectest tests the codecs of the application protocols by golden messages and by
// properties that hold for any input.
package codectest

import (
	"bytes"
	_ "embed"
	"encoding"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/apps/appmsg"
)

// A Vector is a golden message or cookie.
type Vector struct {
	Name     string         `json:"name"`
	Protocol string         `json:"protocol"`
	PPID     uint32         `json:"ppid"`
	Hex      string         `json:"hex"`
	Fields   map[string]any `json:"fields"`
	// Source is the origin: the packet structures of RSPLIB, with a check by Wireshark, or a
	// frame of a capture.
	Source string `json:"source"`
	Octets []byte `json:"-"`
}

//go:embed app-vectors.json
var vectors []byte

// Vectors returns the messages of a protocol: "PingPong", "FractalGenerator",
// "CalcApp" or "ScriptingService".
func Vectors(tb testing.TB, protocol string) []Vector { return readVectors(tb, protocol) }

// Cookies returns the session cookies of a protocol.
func Cookies(tb testing.TB, protocol string) []Vector {
	return readVectors(tb, "ASAP session cookie payload of "+protocol)
}

// readVectors returns the vectors of a protocol.
func readVectors(tb testing.TB, protocol string) []Vector {
	tb.Helper()
	var all, out []Vector
	if err := json.Unmarshal(vectors, &all); err != nil {
		tb.Fatal(err)
	}
	for _, v := range all {
		if v.Protocol != protocol {
			continue
		}
		var err error
		if v.Octets, err = hex.DecodeString(v.Hex); err != nil {
			tb.Fatal(err)
		}
		out = append(out, v)
	}
	if len(out) == 0 {
		tb.Fatalf("no vectors of %s", protocol)
	}
	return out
}

// A Codec is a decoder, and a function that lists the fields of a decoded message.
type Codec[M encoding.BinaryAppender] struct {
	Parse func([]byte) (M, error)
	// Fields returns the fields by the names of Wireshark, without the prefix. The values
	// print like the values in the vectors.
	Fields func(M) map[string]any
}

// TestVectors asserts that every vector decodes to its fields and encodes to its octets.
func (c Codec[M]) TestVectors(t *testing.T, vs []Vector) {
	for _, v := range vs {
		t.Run(v.Name, func(t *testing.T) {
			m, err := c.Parse(v.Octets)
			if err != nil {
				t.Fatal(err)
			}
			got := c.Fields(m)
			for name, want := range v.Fields {
				if fmt.Sprint(got[name]) != fmt.Sprint(want) {
					t.Errorf("%s is %v, want %v", name, got[name], want)
				}
				delete(got, name)
			}
			if len(got) > 0 {
				t.Errorf("fields too many: %v", got)
			}
			out, err := m.AppendBinary([]byte("before"))
			if err != nil || string(out) != "before"+string(v.Octets) {
				t.Errorf("encoded again: %v\n got %x\nwant %x", err, out, v.Octets)
			}
		})
	}
}

// errProperty marks a fault of a decoder, in contrast to a refused input.
var errProperty = errors.New("property does not hold")

// Check parses b. Either the decoder refuses b with an offset inside of b, or the message stays the
// same after encoding and decoding again. Otherwise Check returns an error.
func (c Codec[M]) Check(b []byte) error {
	in := bytes.Clone(b)
	m, err := c.Parse(b)
	if !bytes.Equal(in, b) {
		return fmt.Errorf("%w: input was written to", errProperty)
	}
	if err != nil {
		var syntax *appmsg.SyntaxError
		if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(b) {
			return fmt.Errorf("%w: error without proper offset: %v", errProperty, err)
		}
		return err
	}
	out, err := m.AppendBinary(nil)
	if err != nil || len(out) > len(b) {
		return fmt.Errorf("%w: %d octets encode as %d: %v", errProperty, len(b), len(out), err)
	}
	again, err := c.Parse(out)
	if err != nil {
		return fmt.Errorf("%w: own encoding: %v", errProperty, err)
	}
	out2, err := again.AppendBinary(nil)
	if err != nil || !bytes.Equal(out, out2) {
		return fmt.Errorf("%w: %v\n got %x\nwant %x", errProperty, err, out2, out)
	}
	if !reflect.DeepEqual(m, again) && !strings.Contains(fmt.Sprint(m), "NaN") {
		return fmt.Errorf("%w:\n got %+v\nwant %+v", errProperty, again, m)
	}
	return nil
}

// TestDamage damages every vector: it cuts it at every octet, which must be refused, flips each bit,
// sets each pair of octets to the bounds, and appends octets.
func (c Codec[M]) TestDamage(t *testing.T, vs []Vector) {
	for _, v := range vs {
		check := func(what string, at int, b []byte) {
			err := c.Check(b)
			if errors.Is(err, errProperty) || what == "cut at" && err == nil {
				t.Errorf("%s: %s %d: %v", v.Name, what, at, err)
			}
			if n := c.measureAllocation(b); n > maxAllocation(len(b)) {
				t.Errorf("%s: %s %d: %d octets allocated for %d", v.Name, what, at, n, len(b))
			}
		}
		for i := range v.Octets {
			check("cut at", i, v.Octets[:i])
		}
		for i := range 8 * len(v.Octets) {
			b := bytes.Clone(v.Octets)
			b[i/8] ^= 1 << (i % 8)
			check("bit", i, b)
		}
		for i := range len(v.Octets) - 1 {
			for _, value := range []byte{0, 0xff} {
				b := bytes.Clone(v.Octets)
				b[i], b[i+1] = value, value
				check("octets at", i, b)
			}
		}
		check("appended", 0, append(bytes.Clone(v.Octets), 1, 2, 3))
	}
}

// maxAllocation returns the number of octets that decoding n octets may allocate.
func maxAllocation(n int) uint64 { return uint64(4*n + 1024) }

// measureAllocation returns the number of octets that decoding b allocates. Allocations of other
// goroutines count as well, so the least of some trials is taken.
func (c Codec[M]) measureAllocation(b []byte) uint64 {
	least := ^uint64(0)
	for range 50 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = c.Parse(b)
		runtime.ReadMemStats(&after)
		if least = min(least, after.TotalAlloc-before.TotalAlloc); least <= maxAllocation(len(b)) {
			break
		}
	}
	return least
}

// Fuzz asserts Check for any input, starting from the vectors and more messages.
func (c Codec[M]) Fuzz(f *testing.F, vs []Vector, more ...encoding.BinaryAppender) {
	for _, v := range vs {
		f.Add(v.Octets)
	}
	for _, m := range more {
		b, err := m.AppendBinary(nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := c.Check(b); errors.Is(err, errProperty) {
			t.Error(err)
		}
	})
}

// Bench measures decoding and encoding of each vector.
func (c Codec[M]) Bench(b *testing.B, vs []Vector) {
	for _, v := range vs {
		m, err := c.Parse(v.Octets)
		if err != nil {
			b.Fatal(err)
		}
		b.Run("Parse/"+v.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Parse(v.Octets); err != nil {
					b.Fatal(err)
				}
			}
		})
		buf := make([]byte, 0, len(v.Octets))
		b.Run("Append/"+v.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := m.AppendBinary(buf); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Hex returns octets in the form of Wireshark.
func Hex(b []byte) string {
	var s strings.Builder
	for i, c := range b {
		if i > 0 {
			s.WriteByte(':')
		}
		fmt.Fprintf(&s, "%02x", c)
	}
	return s.String()
}
