package udpsctp

import (
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/rserpool-go/rserpool/transport"
)

// TestAddrsWithoutDescriptors asks for the addresses of an endpoint when the process has
// no descriptor left to ask the system. No other test may run meanwhile.
func TestAddrsWithoutDescriptors(t *testing.T) {
	e := bindNetwork(t, NewNetwork(Config{}), transport.ListenConfig{})
	want := e.LocalAddrs()
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 3, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	got := e.LocalAddrs()
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
