package enrp

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step/steptest"
)

// maxScript bounds the number of events of a fuzz input.
const maxScript = 300

// FuzzStep makes a machine take events of the fuzz input, see the constants opPass and so on.
// Every action is checked, and the invariants of the machine after every step.
func FuzzStep(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		f.Fatalf("no scenarios: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(scriptOf(f, string(text)))
	}
	f.Fuzz(func(t *testing.T, octets []byte) {
		events := &script{octets}
		w := newWorld(t, events)
		w.octets = takeOctets
		for range maxScript {
			if len(events.octets) == 0 {
				break
			}
			w.act()
		}
		w.end()
		if len(w.peers) != 0 || len(w.machine.assocs.byID) != 0 || w.hs.Owned(self) != w.hs.Len() {
			t.Fatalf("%d peers, %d associations, %d of %d elements are ours at the end",
				len(w.peers), len(w.machine.assocs.byID), w.hs.Owned(self), w.hs.Len())
		}
	})
}

// takeOctets takes octets from a script, with their number in front.
func takeOctets(w *world) []byte {
	s := w.choose.(*script)
	n := min(s.IntN(1<<16), len(s.octets))
	octets := s.octets[:n]
	s.octets = s.octets[n:]
	return slices.Clone(octets)
}

// scriptWriter writes a script with the events of a scenario.
type scriptWriter struct {
	octets []byte
	up     []string // names of the associations that are up
}

// scriptOf returns the script of a scenario: associations, messages, the passing of time.
func scriptOf(t testing.TB, scenario string) []byte {
	// The configuration is the default, without peers and bounds.
	w := &scriptWriter{octets: make([]byte, 9)}
	messages := &registrarScenario{hs: startBed(t, Config{}).hs}
	for line := range strings.Lines(scenario) {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(line, " ") || strings.HasPrefix(line, "#") {
			continue
		}
		w.write(words, messages)
	}
	return w.octets
}

// write writes the event of a command. Other commands are left out.
func (w *scriptWriter) write(words []string, messages *registrarScenario) {
	args := steptest.ParseArgs(words[1:])
	switch name := words[0]; {
	case strings.HasPrefix(name, "+"):
		d, _ := time.ParseDuration(name[1:])
		w.writePass(d)
	case name == "up" && args.NamedNumber("dial", 0) != 0:
		w.up = append(w.up, args.Next())
		w.octets = append(w.octets, opDialed, 0, hostIndex(args.Next()), 0)
	case name == "up":
		w.up = append(w.up, args.Next())
		w.octets = append(w.octets, opUp, hostIndex(args.Next()), 0)
	case name == "dial-failed":
		w.octets = append(w.octets, opFailed)
	case name == "down":
		if i := slices.Index(w.up, args.Next()); i >= 0 {
			w.octets = append(w.octets, opDown, byte(i))
			w.up = slices.Delete(w.up, i, i+1)
		}
	case name == "recv":
		if i := slices.Index(w.up, args.Next()); i >= 0 {
			octets, _ := messages.message(args).AppendBinary(nil)
			w.octets = append(w.octets, opOctets, byte(i))
			w.octets = binary.BigEndian.AppendUint16(w.octets, uint16(len(octets)))
			w.octets = append(w.octets, octets...)
		}
	case name == "register":
		w.octets = append(w.octets, opRegister, 0, byte(len(w.octets)), 0, 0)
	case name == "confirmed":
		w.octets = append(w.octets, opConfirm, 0)
	case name == "leave":
		w.octets = append(w.octets, opLeave, 15)
	}
}

// writePass writes the passing of time, up to ten minutes.
func (w *scriptWriter) writePass(d time.Duration) {
	for left := min(d, 10*time.Minute).Milliseconds(); left > 0; left -= 0xffff {
		w.octets = append(w.octets, opPass)
		w.octets = binary.BigEndian.AppendUint16(w.octets, uint16(min(left, 0xffff)))
		w.octets = append(w.octets, 0)
	}
}

// hostIndex returns the index of the host of an address in worldHosts, 0 for other hosts.
func hostIndex(addr string) byte {
	i := slices.IndexFunc(worldHosts, func(host string) bool { return strings.HasPrefix(addr, host+":") })
	return byte(max(i, 0))
}

// A script of a scenario has the effects of the scenario.
func TestScriptOf(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/takeover_one.txt")
	if err != nil {
		t.Fatal(err)
	}
	events := &script{scriptOf(t, string(text))}
	w := newWorld(t, events)
	w.octets = takeOctets
	for len(events.octets) > 0 {
		w.act()
	}
	if c := w.machine.Counts(); c.Takeovers != 1 || w.messages < 10 {
		t.Errorf("%+v, %d messages", c, w.messages)
	}
}
