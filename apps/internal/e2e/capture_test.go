package e2e

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestCapture has each program write a capture. The files are whole, only their user can read them, and
// they have the messages of their program.
func TestCapture(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	option := func(name string) string { return "--capture=" + filepath.Join(dir, name) }
	site := newSite(t)
	registrar := site.registrar(option("registrar"))
	server, _ := site.registeredServer(option("server"))
	terminal := site.terminal(option("terminal"))
	line := strings.Repeat("captured", 400) // several DATA chunks
	exchange(terminal, line)
	if err := terminal.stdin.Close(); err != nil {
		t.Error(err)
	}
	terminal.expectEnd(0)
	server.signal(syscall.SIGTERM)
	server.expectEnd(0)
	registrar.signal(syscall.SIGTERM)
	registrar.expectEnd(0)
	for name, want := range map[string]string{"registrar": "EchoPool", "server": "captured", "terminal": "captured"} {
		file := filepath.Join(dir, name)
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != 0o600 {
			t.Errorf("%s: mode %v", name, info.Mode())
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		// The statistics are the last block (draft-ietf-opsawg-pcapng, 4.6).
		const statistics, shortest = 5, 12
		last := 0
		for rest := content; len(rest) > 0; {
			n := int(binary.LittleEndian.Uint32(rest[4:]))
			if n < shortest || n > len(rest) {
				t.Fatalf("%s: a block of %d octets in %d", name, n, len(rest))
			}
			last = int(binary.LittleEndian.Uint32(rest))
			rest = rest[n:]
		}
		if last != statistics {
			t.Errorf("%s: the last block has type %d", name, last)
		}
		if !bytes.Contains(content, []byte(want)) {
			t.Errorf("%s: %q is not in %d octets", name, want, len(content))
		}
	}
}
