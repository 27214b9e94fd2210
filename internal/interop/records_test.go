package interop

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// recordFile names a file in which the registrar of a host records something.
func (s *stage) recordFile(host int, kind string) string {
	return filepath.Join(s.dir, fmt.Sprintf("registrar%d.%s", host, kind))
}

// recording are options of a registrar that records what it does.
func (s *stage) recording(host int) []string {
	return []string{"-actionlogfile=" + s.recordFile(host, "actions"), "-scalar=" + s.recordFile(host, "scalars"), "-object=theregistrar"}
}

// checkRecords compares the forms of the files of two registrars that have ended, and the
// words for what both have done.
func (s *stage) checkRecords(a, b int) {
	s.t.Helper()
	for _, host := range []int{a, b} {
		lines := s.lines(host, "actions")
		for _, line := range lines[1:] {
			// The number of a line has no name. There is no pool whose handle has a blank.
			if len(strings.Fields(line)) != len(strings.Fields(lines[0]))+1 {
				s.t.Errorf("registrar of h%d: %q does not fit the header %q", host, line, lines[0])
			}
		}
		for _, words := range []string{
			`"ASAP" "Registration" "Requested"`, `"ASAP" "RegistrationResponse" "Requested"`,
			`"ASAP" "Deregistration" "Requested"`, `"ASAP" "DeregistrationResponse" "Requested"`,
			`"MulticastASAP" "Announce" ""`, `"MulticastENRP" "Presence" ""`, `"ENRP" "Presence" ""`,
			`"ENRP" "Update" "AddPE"`, `"ENRP" "Update" "DelPE"`,
		} {
			if !strings.Contains(strings.Join(lines, "\n"), words) {
				s.t.Errorf("registrar of h%d: no line has %s", host, words)
			}
		}
	}
	if first, second := s.lines(a, "actions")[0], s.lines(b, "actions")[0]; first != second {
		s.t.Errorf("headers of the logs of actions: %q and %q", first, second)
	}
	value := regexp.MustCompile(` +[0-9.]+$`)
	first, second := s.lines(a, "scalars"), s.lines(b, "scalars")
	for i := range max(len(first), len(second)) {
		if i >= len(first) || i >= len(second) || value.ReplaceAllString(first[i], "") != value.ReplaceAllString(second[i], "") {
			s.t.Fatalf("names of scalars:\n%s\nand\n%s", strings.Join(first, "\n"), strings.Join(second, "\n"))
		}
	}
}

// lines returns the lines of a file of a registrar.
func (s *stage) lines(host int, kind string) []string {
	s.t.Helper()
	text, err := os.ReadFile(s.recordFile(host, kind))
	if err != nil || len(text) == 0 {
		s.t.Fatalf("registrar of h%d: %d octets of %s, error %v", host, len(text), kind, err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}
