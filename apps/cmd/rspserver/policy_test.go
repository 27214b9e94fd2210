package main

import (
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/wire"
)

// FuzzPolicy asserts that the text of a valid policy means the same policy.
func FuzzPolicy(f *testing.F) {
	for _, t := range wire.PolicyTypes() {
		f.Add(t.String())
		f.Add(t.String() + ":0.5")
		f.Add(t.String() + ":7:0.001")
		f.Add(t.String() + ":12.5%:0.333333333333")
	}
	f.Fuzz(func(t *testing.T, text string) {
		var first, second policy
		if err := first.UnmarshalText([]byte(text)); err != nil {
			if strings.HasPrefix(err.Error(), "wire: ") {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if err := second.UnmarshalText([]byte(first.String())); err != nil || first != second {
			t.Fatalf("%q is %v, which is %v, %v", text, first, second, err)
		}
		if first.Load != 0 || first.Distance != 0 || !first.Type.Known() {
			t.Fatalf("%q is %+v", text, first)
		}
	})
}
