package interop

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// registrar starts a registrar at the well-known ports of a host. It is ready for
// requests once it has a pool element, or another registrar knows of it.
func (s *stage) registrar(who side, host int, args ...string) *process {
	s.t.Helper()
	p := s.start(who, host, fmt.Sprintf("registrar%d", host), "rspregistrar", append([]string{"-asap=[::]:3863", "-enrp=[::]:9901"}, args...)...)
	p.awaitListening(host, 3863)
	return p
}

// awaitListening waits until an SCTP endpoint of a host has a port.
func (p *process) awaitListening(host, port int) {
	p.t.Helper()
	re := regexp.MustCompile(fmt.Sprintf(`(?m)^ *(\S+ +){5}%d `, port))
	if !poll(quarter, patience, func() bool { return re.MatchString(fileOf(host, "/proc/net/sctp/eps")) }) {
		p.t.Fatalf("%s does not listen at port %d", p.name, port)
	}
}

// at names a registrar of a host for the options of other programs.
func at(host int) []string {
	return []string{fmt.Sprintf("-registrar=10.99.0.%d:3863", host), "-asapannounce=off"}
}

// element starts a pool element and waits until it is registered.
func (s *stage) element(who side, host int, name string, args ...string) *process {
	s.t.Helper()
	p := s.start(who, host, name, "rspserver", args...)
	p.await(`Identifier +=|registered in pool .*, serving`)
	return p
}

// terminal starts a terminal.
func (s *stage) terminal(who side, host int, name string, args ...string) *process {
	s.t.Helper()
	return s.start(who, host, name, "rspterminal", args...)
}

// echo says a line to a terminal and returns the identifier of the element that
// answers.
func (p *process) echo(line string) string {
	p.t.Helper()
	p.say(line)
	return p.await(`from PE (?:\$|0x)([0-9a-f]+)> ` + regexp.QuoteMeta(line) + `\b`)[1]
}

// An entry is a pool element as the reference's hsdump shows it.
type entry struct{ pool, policy, id, home, values string }

// table asks the registrar of a host for its handlespace, by the reference's
// hsdump, and returns nil if that does not get it whole. Registrars take that for a peer for some seconds.
func (s *stage) table(host int) map[string]entry {
	s.t.Helper()
	out := on(7, "hsdump", fmt.Sprintf("10.99.0.%d:9901", host))
	index, _, whole := strings.Cut(out, "*-- Selection:")
	if !whole {
		return nil
	}
	entries := make(map[string]entry)
	var pool, policy string
	poolRE := regexp.MustCompile(`\+-- Pool "([^"]*)", Policy "([^"]*)"`)
	idRE := regexp.MustCompile(`idx:#\d+: \$([0-9a-f]+) `)
	homeRE := regexp.MustCompile(`home=\$([0-9a-f]+) `)
	var id, home string
	for line := range strings.Lines(index) {
		if m := poolRE.FindStringSubmatch(line); m != nil {
			pool, policy = m[1], m[2]
		}
		if m := idRE.FindStringSubmatch(line); m != nil {
			id = m[1]
		}
		if m := homeRE.FindStringSubmatch(line); m != nil {
			home = m[1]
		}
		if strings.Contains(line, "[w=") {
			if _, twice := entries[id]; twice {
				s.t.Errorf("registrar of h%d has element %s twice", host, id)
			}
			entries[id] = entry{pool: pool, policy: policy, id: id, home: home, values: strings.TrimSpace(line)}
		}
	}
	return entries
}

// awaitTable waits until the handlespace of a host's registrar is as it should be, and returns it.
func (s *stage) awaitTable(host int, what string, holds func(map[string]entry) bool) map[string]entry {
	s.t.Helper()
	return s.awaitTableFor(host, what, patience, holds)
}

// awaitTableFor waits for that, but not longer than a limit.
func (s *stage) awaitTableFor(host int, what string, limit time.Duration, holds func(map[string]entry) bool) map[string]entry {
	s.t.Helper()
	var last map[string]entry
	if !poll(time.Second, limit, func() bool { last = s.table(host); return last != nil && holds(last) }) {
		s.t.Fatalf("registrar of h%d: not %s, but %v", host, what, last)
	}
	return last
}

// has holds for a handlespace with exactly these elements.
func has(ids ...string) func(map[string]entry) bool {
	return func(m map[string]entry) bool {
		for _, id := range ids {
			if _, ok := m[id]; !ok {
				return false
			}
		}
		return len(m) == len(ids)
	}
}
