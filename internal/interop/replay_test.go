package interop

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// replayed is a capture of tools/testdata.
type replayed struct {
	capture string
	options []string // of both registrars
	// known are the differences between both registrars, with the reasons in docs/replay.md.
	known []string
}

// otherLists: our registrar leaves the asking registrar out of a list.
const otherLists = "^ENRP_LIST_REQUEST: registrars: "

// TestReplay plays captures of pool elements and pool users at our registrar and at the
// reference's, and compares their answers.
func TestReplay(t *testing.T) {
	replay(t, []replayed{
		{capture: "echo"},
		{capture: "policies"},
		{capture: "failover"},
		{capture: "fractal"},
		{capture: "calcapp"},
		{capture: "scripting"},
		{capture: "csp"},
	})
}

// TestReplayPeers does the same with captures of several registrars.
func TestReplayPeers(t *testing.T) {
	replay(t, []replayed{
		{capture: "enrp-sync", known: []string{otherLists}},
		{capture: "takeover", options: quick, known: []string{otherLists}},
		{capture: "takeover-expired", options: quick, known: []string{otherLists}},
	})
}

// TestReplayUnreachable does the same with captures of pool elements that do not answer.
func TestReplayUnreachable(t *testing.T) {
	replay(t, []replayed{
		{capture: "endpoint-report", options: []string{"-maxbadpereports=2"}, known: []string{
			"^ASAP_HANDLE_RESOLUTION CalcAppPool: ", "^end: association: ours refused or ended",
			"^ASAP_(DE)?REGISTRATION CalcAppPool 0x41acda3e: message: ours none", // after that end
		}},
		{capture: "endpoint-unreachable", options: []string{
			"-endpointkeepalivetransmissioninterval=3000", "-endpointkeepalivetimeoutinterval=2000", "-maxbadpereports=2",
		}},
	})
}

// replay plays captures at both registrars.
func replay(t *testing.T, captures []replayed) {
	t.Helper()
	for _, r := range captures {
		mixes(t, []string{"first=ours", "second=reference", "capture=" + r.capture}, func(s *stage, _ []side) {
			s.single()
			// Different groups keep the registrars apart. They are ready when they take elements.
			s.registrar(ours, 1, append([]string{"-enrpannounce=239.0.1.51:9901"}, r.options...)...)
			s.registrar(reference, 2, append([]string{"-enrpannounce=239.0.2.51:9901"}, r.options...)...)
			for host := 1; host <= 2; host++ {
				s.element(ours, 4, fmt.Sprint("element", host), append(at(host), "-echo", "-poolhandle=Ready")...).stop()
			}
			s.checkReplay(r.capture, r.known)
		})
	}
}

// replayTime bounds a replay.
const replayTime = 2 * time.Minute

// checkReplay plays a capture at the registrars of h1 and h2. All differences must be known.
func (s *stage) checkReplay(capture string, known []string) {
	s.t.Helper()
	p := s.start(ours, 3, "replay", "rspreplay", "-against=10.99.0.1:3863", "-and=10.99.0.2:3863", "-transport=kernel",
		"-output=json", filepath.Join(os.Getenv("INTEROP_CAPTURES"), capture+".pcap"))
	if !p.wait(replayTime) {
		s.t.Fatalf("%s does not end", p.name)
	}
	if !p.cmd.ProcessState.Success() {
		s.t.Fatalf("%s: %v", p.name, p.cmd.ProcessState)
	}
	answers := 0
	for line := range strings.Lines(p.output()) {
		var found struct {
			Difference *struct{ Request, Field, A, B string }
			Result     *struct{ Answers, Differences int }
		}
		if json.Unmarshal([]byte(line), &found) != nil {
			continue // The log is in the same file.
		}
		if d := found.Difference; d != nil {
			s.checkDifference(d.Request+": "+d.Field+": ours "+d.A+", reference "+d.B, known)
		}
		if r := found.Result; r != nil {
			answers = r.Answers
			s.t.Logf("figures: %s: %d answers, %d differences", capture, r.Answers, r.Differences)
		}
	}
	if answers == 0 {
		s.t.Error("no answers were compared")
	}
}

// checkDifference looks a difference up.
func (s *stage) checkDifference(text string, known []string) {
	s.t.Helper()
	for _, pattern := range known {
		if regexp.MustCompile(pattern).MatchString(text) {
			return
		}
	}
	s.t.Error(text)
}
