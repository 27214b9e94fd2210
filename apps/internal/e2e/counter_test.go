package e2e

import (
	"strconv"
	"strings"
	"testing"
)

// TestCounter kills the server of the example of asap. Another server goes on counting.
func TestCounter(t *testing.T) {
	t.Setenv("COUNTER_KEY", strings.Repeat("5a", 32))
	site := newSite(t)
	registrar := site.registrar()
	servers := make(map[string]*process)
	for range 2 {
		p := start(t, "counter", "serve", site.addr.String())
		servers[registrar.expect("element registered.*pe_id=(0x[0-9a-f]{8})")] = p
	}
	client := start(t, "counter", "count", site.addr.String())
	last := 0
	next := func() (element string) {
		t.Helper()
		number, element, _ := strings.Cut(client.expect("^[0-9]+ from 0x[0-9a-f]{8}"), " from ")
		n, err := strconv.Atoi(number)
		if err != nil || n <= last || n > last+2 {
			// The message that was on its way when the server died may be counted twice.
			t.Fatalf("the count after %d is %q (%v)", last, number, err)
		}
		last = n
		return element
	}
	first := next()
	for range 20 {
		if again := next(); again != first {
			t.Fatalf("the count is from %s, not from %s", again, first)
		}
	}
	servers[first].kill()
	element := next()
	for range 100 {
		if element != first {
			break
		}
		element = next() // It was sent before the server died.
	}
	if element == first || servers[element] == nil {
		t.Fatalf("the count is from %s, want one of %v but not %s", element, servers, first)
	}
	for range 20 {
		next()
	}
}
