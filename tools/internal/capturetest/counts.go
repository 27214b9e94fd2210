package capturetest

import (
	"bufio"
	"fmt"
	"os"
	"testing"
)

// Counts reads how many messages of each type the captures have, by the name of the capture and the
// name of the type.
func Counts(tb testing.TB, file string) map[string]map[string]int {
	tb.Helper()
	f, err := os.Open(file) //nolint:gosec // a file of the repository
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	counts := make(map[string]map[string]int)
	s := bufio.NewScanner(f)
	for s.Scan() {
		var capture, message string
		var n int
		if _, err := fmt.Sscan(s.Text(), &capture, &message, &n); err != nil {
			tb.Fatal(err)
		}
		if counts[capture] == nil {
			counts[capture] = make(map[string]int)
		}
		counts[capture][message] = n
	}
	if s.Err() != nil {
		tb.Fatal(s.Err())
	}
	return counts
}
