package wireshark

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A rule is a display filter of the profile: an entry of dfilters, or the condition of a colour rule.
type rule struct {
	file, name, filter string
}

// ruleForms tells how a line of each file has its name and its filter.
var ruleForms = map[string]*regexp.Regexp{
	"colorfilters": regexp.MustCompile(`^@([^@]+)@([^@]+)@\[\d+,\d+,\d+\]\[\d+,\d+,\d+\]$`),
	"dfilters":     regexp.MustCompile(`^"([^"]+)" (.+)$`),
}

// rules reads the rules of a file of the profile.
func rules(t *testing.T, file string) []rule {
	t.Helper()
	var out []rule
	for _, line := range settings(t, file) {
		m := ruleForms[file].FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("%s: %q", file, line)
		}
		out = append(out, rule{file, m[1], m[2]})
	}
	return out
}

// settings returns the lines of a file of the profile without comments and empty lines.
func settings(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("RSerPool", file))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	return slices.DeleteFunc(lines, func(line string) bool { return line == "" || strings.HasPrefix(line, "#") })
}

// examples returns the capture in which each rule matches, by file and name of the rule.
func examples(t *testing.T) map[[2]string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/examples.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[[2]string]string)
	for line := range strings.Lines(string(text)) {
		file, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		capture, name, _ := strings.Cut(strings.TrimSpace(rest), " ")
		out[[2]string{file, strings.TrimSpace(name)}] = capture
	}
	return out
}

// Each filter, and the condition of each colour rule, matches at least once in its example.
func TestRulesMatch(t *testing.T) {
	s, files, examples := newProfile(t), captures(t), examples(t)
	all := slices.Concat(rules(t, "dfilters"), rules(t, "colorfilters"))
	if len(all) != len(examples) {
		t.Errorf("the profile has %d rules, testdata/examples.txt has %d", len(all), len(examples))
	}
	table := make([]string, len(all))
	t.Run("all", func(t *testing.T) {
		for i, r := range all {
			t.Run(r.file+": "+r.name, func(t *testing.T) {
				t.Parallel()
				capture := examples[[2]string{r.file, r.name}]
				if files[capture] == "" {
					t.Fatalf("testdata/examples.txt has no capture for it: %q", capture)
				}
				frames := s.run(t, "-C", "RSerPool", "-r", files[capture], "-Y", r.filter, "-T", "fields", "-e", "frame.number")
				table[i] = fmt.Sprintf("%-12s  %-20s  %7d  %s", r.file, capture, len(frames), r.name)
				if len(frames) == 0 {
					t.Errorf("%s: no match in %s", r.filter, capture)
				}
			})
		}
	})
	t.Logf("file          capture               matches  rule\n%s", strings.Join(table, "\n"))
}

// Each colour rule gives its colour to a frame at least: no rule is hidden by the rules before it.
func TestColoursApply(t *testing.T) {
	s := newProfile(t)
	var mu sync.Mutex
	coloured := make(map[string]int)
	t.Run("all", func(t *testing.T) {
		for name, file := range captures(t) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				lines := s.run(t, "-C", "RSerPool", "-r", file, "--color", "-T", "fields", "-e", "frame.coloring_rule.name")
				mu.Lock()
				defer mu.Unlock()
				for _, rule := range lines {
					coloured[rule]++
				}
			})
		}
	})
	for _, r := range rules(t, "colorfilters") {
		if coloured[r.name] == 0 {
			t.Errorf("%s colours no frame", r.name)
		}
	}
}

// A damaged file of the profile makes tshark warn, and newProfile's files do not: TestColoursApply fails on warnings.
func TestDamagedProfileWarns(t *testing.T) {
	s := newProfile(t)
	for file, line := range map[string]string{
		"colorfilters": "@name@asap.no_such_field@[0,0,0][0,0,0]\n",
		"preferences":  "sctp.association_index\n",
	} {
		path := filepath.Join(s.home, ".config/wireshark/profiles/RSerPool", file)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(line), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, warnings := s.command(t, "tshark", "-C", "RSerPool", "--color", "-c", "1", "-r", "demo.pcap"); warnings == "" {
			t.Errorf("no warning of %q in %s", line, file)
		}
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// The profile decodes by protocols that tshark has under these names.
func TestDecodersExist(t *testing.T) {
	s := newProfile(t)
	protocols := make(map[string]bool)
	for _, line := range s.run(t, "-G", "protocols") {
		protocols[strings.Split(line, "\t")[1]] = true
	}
	tables := make(map[string]bool)
	for _, line := range s.run(t, "-G", "dissector-tables") {
		table, _, _ := strings.Cut(line, "\t")
		tables[table] = true
	}
	form := regexp.MustCompile(`^decode_as_entry: ([^,]+),\d+,\(none\),([^,]+)$`)
	for _, line := range settings(t, "decode_as_entries") {
		if m := form.FindStringSubmatch(line); m == nil || !tables[m[1]] || !protocols[m[2]] {
			t.Errorf("tshark cannot use %q", line)
		}
	}
}

// The columns of the profile are in force.
func TestColumns(t *testing.T) {
	s := newProfile(t)
	lines := s.run(t, "-C", "RSerPool", "-r", "demo.pcap", "-Y", "asap.message_type == 0x01 && ipv6", "-T", "tabs")
	if len(lines) != 1 {
		t.Fatalf("registrations over IPv6: %q", lines)
	}
	columns := strings.Split(strings.TrimSpace(lines[0]), "\t")
	for i := range columns {
		columns[i] = strings.TrimSpace(columns[i])
	}
	if len(columns) != 9 {
		t.Fatalf("columns %q, want nine", columns)
	}
	if columns[2] == "" || columns[4] == "" {
		t.Errorf("no association, or no port of the source: %q", columns)
	}
	want := []string{"fd00::1", "3863", "ASAP", "ASAP Registration"}
	if got := columns[5:]; columns[3] != "fd00::13" || !slices.Equal(got, want) {
		t.Errorf("columns %q, want fd00::13 in the fourth, and %q at the end", columns, want)
	}
}
