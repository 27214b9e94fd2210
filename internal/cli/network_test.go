package cli

import "testing"

// TestLimits asserts that limits of peers are in a range, and that a program can print them.
func TestLimits(t *testing.T) {
	t.Parallel()
	f := NetworkFlags{MemoryBudget: 128, MaxPerSource: 1}
	if err := f.MaxAssociations.UnmarshalText([]byte("2000")); err != nil {
		t.Error(err)
	}
	for _, text := range []string{"0", "-1", "x", "1048577"} {
		if err := f.MaxAssociations.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
	if got, want := f.Memory(), "128 MB for data of peers; 31 kB per association, 62 MB for all 2000 of an endpoint"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
