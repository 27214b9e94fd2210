package trial

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/rserpool-go/rserpool/internal/attack"
)

const introduction = `# Attacks

Written by ` + "`make attack`" + `, which attacks a registrar and three servers from another network namespace,
while a good client asks the registrar for the pool every 10 ms. Each attack meets fresh programs. The
attacks are in [internal/attack](../internal/attack/), and the limits are in its
[table](../internal/attack/table.go): the run fails if an attack exceeds a limit.

Columns:

- **rate**: messages, chunks or associations per second that the attack reached;
- **MB**: resident memory of the attacked program before the attack, at most, and after the attack;
- **ms**: latency of the good client: median, 99th percentile, maximum. A latency counts from the time
  at which the question was due, so a registrar that stands still delays all questions of that time;
- **lost**: questions of the good client without an answer;
- **elements**: elements of the pool in the worst answer, or those that no rogue has taken away, of 3;
- **log**: octets that all programs have logged during the attack;
- **limits**: whether the attack kept the limits or exceeded one, or whether it ended a program. Beside
  the figures here, stolen elements and replayed cookies exceed a limit.

Attacker, programs and client share the processors of a single machine, so an attack that takes all of
its time shows in the latency, whatever the registrar does.
`

// WriteDocument writes the table with two blocks of columns: the figures of old programs, and the figures of the present
// ones.
func WriteDocument(file string, before, after *Series) error {
	var b bytes.Buffer
	b.WriteString(introduction)
	for _, s := range []struct {
		name string
		*Series
	}{{"Before", before}, {"After", after}} {
		fmt.Fprintf(&b, "\n%s: programs of %s, run on %s, %s.%s\n", s.name, s.Programs, s.Time.UTC().Format(time.DateOnly), s.Machine, s.warning())
	}
	b.WriteByte('\n')
	head := []string{"attack"}
	for _, block := range []string{"before", "after"} {
		for _, c := range columns {
			head = append(head, block+": "+c)
		}
	}
	writeRow(&b, head)
	b.WriteString("|" + strings.Repeat(" --- |", len(head)) + "\n")
	for _, a := range attack.Table() {
		row := []string{a.Name}
		for _, s := range []*Series{before, after} {
			row = append(row, s.cellsOf(a.Name)...)
		}
		writeRow(&b, row)
	}
	b.WriteString("\n## What the attacks do\n\n")
	for _, a := range attack.Table() {
		fmt.Fprintf(&b, "- `%s`: %s. The rate counts %s.\n", a.Name, a.Does, a.Unit)
	}
	return os.WriteFile(file, b.Bytes(), 0o644)
}

func writeRow(b *bytes.Buffer, cells []string) {
	fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
}

// warning returns a sentence if the machine was too busy for the latencies to mean anything.
func (s *Series) warning() string {
	none, _ := attack.Find("none")
	r, ok := s.find(none.Name)
	if !ok || microseconds(r.Client.P99) <= none.Limits.P99 {
		return ""
	}
	return fmt.Sprintf("\nThe machine was busy: even without an attack, the 99th percentile was %s ms. The latencies say little.", milliseconds(r.Client.P99))
}

// cellsOf returns the figures of an attack, or dashes.
func (s *Series) cellsOf(name string) []string {
	r, ok := s.find(name)
	if !ok {
		return strings.Split(strings.Repeat("-", len(columns)), "")
	}
	return r.cells()
}
