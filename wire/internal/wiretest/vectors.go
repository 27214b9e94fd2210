// Package wiretest holds what the tests of the message packages have in common.
package wiretest

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// A Vector is a message that the deployed implementation made, or an input that was
// given to it, with what is known of it.
type Vector struct {
	Name     string
	Protocol string
	Hex      string
	// Fields are the values of the message, or the verdict on the input.
	Fields map[string]any
}

// Bytes returns the octets of the vector, each time new ones.
func (v Vector) Bytes() []byte {
	b, err := hex.DecodeString(v.Hex)
	if err != nil {
		panic("BUG: " + v.Name + ": " + err.Error())
	}
	return b
}

// Load returns the vectors of a protocol, or all for "", in a file of testdata in the
// folder of the package or the one above.
func Load(tb testing.TB, file, protocol string) []Vector {
	tb.Helper()
	raw, err := os.ReadFile("testdata/" + file)
	if err != nil {
		raw, err = os.ReadFile("../testdata/" + file)
	}
	if err != nil {
		tb.Fatal(err)
	}
	var all, vs []Vector
	if err := json.Unmarshal(raw, &all); err != nil {
		tb.Fatal(err)
	}
	for _, v := range all {
		if protocol == "" || v.Protocol == protocol {
			vs = append(vs, v)
		}
	}
	if len(vs) == 0 {
		tb.Fatalf("%s: no vectors of %s", file, protocol)
	}
	return vs
}

// Vectors returns the messages of a protocol, or all for "", that the deployed
// implementation made, sorted by type.
func Vectors(tb testing.TB, protocol string) []Vector {
	tb.Helper()
	vs := append(Load(tb, "wire-vectors.json", protocol), Load(tb, "wire-profile-vectors.json", protocol)...)
	slices.SortStableFunc(vs, func(a, b Vector) int { return strings.Compare(a.Hex[:2], b.Hex[:2]) })
	return vs
}

// Diff returns where got lacks or contradicts what want states. Remarks in want are
// skipped.
func Diff(want, got map[string]any) []string {
	// As JSON sees them, numbers compare whatever their type.
	raw, err := json.Marshal(got)
	if err != nil {
		return []string{err.Error()}
	}
	var plain any
	if err := json.Unmarshal(raw, &plain); err != nil {
		return []string{err.Error()}
	}
	return diff("", want, plain)
}

func diff(path string, want, got any) (out []string) {
	switch want := want.(type) {
	case map[string]any:
		got, _ := got.(map[string]any)
		for k, v := range want {
			if k != "note" && k != "carrier" {
				out = append(out, diff(path+"/"+k, v, got[k])...)
			}
		}
		return out
	case []any:
		got, _ := got.([]any)
		if len(got) != len(want) {
			return []string{fmt.Sprintf("%s: %d items, want %d", path, len(got), len(want))}
		}
		for i := range want {
			out = append(out, diff(fmt.Sprintf("%s/%d", path, i), want[i], got[i])...)
		}
		return out
	}
	if !reflect.DeepEqual(want, got) {
		out = append(out, fmt.Sprintf("%s: %v, want %v", strings.TrimPrefix(path, "/"), got, want))
	}
	return out
}
