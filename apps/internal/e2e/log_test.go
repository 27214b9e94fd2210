package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestLogKeys runs all programs over a failover, and asserts that each record of their logs has a key
// once, and that a key has one type in all logs.
func TestLogKeys(t *testing.T) {
	t.Parallel()
	site, dir := newSite(t), t.TempDir()
	logTo := func(name string) []string {
		return []string{"-logfile=" + filepath.Join(dir, name), "-loglevel=9", "-log-format=json"}
	}
	registrar := site.registrar(logTo("registrar")...)
	enrp := registrar.expect("serves ENRP at (127.0.0.1:[0-9]+)$")
	peer := start(t, "rspregistrar", append(logTo("peer"), "-asap=127.0.0.1", "-asapannounce=off", "-enrp=127.0.0.1", "-enrpannounce=off", "-peer="+enrp)...)
	servers := make(map[string]*process)
	for i := range 4 {
		service := []string{"-echo", "-pingpong"}[i%2]
		p, id := site.registeredServer(append(logTo(fmt.Sprint("server", i)), service, "-policy=LeastUsed")...)
		servers[id] = p
	}
	terminal := site.terminal(logTo("terminal")...)
	client := start(t, "pingpongclient", append(logTo("client"), "-registrar="+site.addr.String(), "-asapannounce=off", "-interval=20", "-count=50")...)
	for _, id := range []string{exchange(terminal, "one"), client.expect(" pong 3 from element (0x[0-9a-f]{8})")} {
		servers[id].kill()
		delete(servers, id)
	}
	exchange(terminal, "two")
	client.expect(" failover 1: ")
	client.expect("^pingpongclient: .* 50 pongs")
	<-client.done
	_ = terminal.stdin.Close()
	terminal.expectEnd(0)
	for _, p := range servers {
		p.signal(syscall.SIGINT)
		p.expectEnd(0)
	}
	for _, p := range []*process{registrar, peer} {
		p.signal(syscall.SIGINT)
		p.expectEnd(0)
	}

	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 8 {
		t.Fatalf("logs %q, %v", files, err)
	}
	types := make(map[string]string) // of keys, each with a record
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := 0
		for line := range bytes.Lines(text) {
			if !bytes.HasSuffix(line, []byte("\n")) {
				continue // A killed process has not written its last record as a whole.
			}
			if err := checkKeys(line, types); err != nil {
				t.Errorf("%s: %v\n%s", filepath.Base(file), err, line)
			}
			lines++
		}
		if lines < 5 {
			t.Errorf("%s has %d records", filepath.Base(file), lines)
		}
	}
	for _, key := range []string{"msg", "message", "pool", "pe_id", "peer", "assoc", "error"} {
		if types[key] == "" {
			t.Errorf("no record has the key %s", key)
		}
	}
}

// checkKeys checks the keys of a record, and notes the type of each value.
func checkKeys(line []byte, types map[string]string) error {
	d := json.NewDecoder(bytes.NewReader(line))
	if open, err := d.Token(); open != json.Delim('{') || err != nil {
		return fmt.Errorf("no record: %v, %w", open, err)
	}
	seen := make(map[string]bool)
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return err
		}
		key := token.(string)
		var value any
		if err := d.Decode(&value); err != nil {
			return err
		}
		if seen[key] {
			return fmt.Errorf("the key %s is there twice", key)
		}
		seen[key] = true
		kind := fmt.Sprintf("%T", value)
		if _, ok := value.(map[string]any); ok {
			return fmt.Errorf("the key %s holds a group", key)
		}
		if known, _, ok := strings.Cut(types[key], " in "); ok && known != kind {
			return fmt.Errorf("the key %s is of type %s, but %s", key, kind, types[key])
		}
		types[key] = kind + " in " + string(line)
	}
	return nil
}
