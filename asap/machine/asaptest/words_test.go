package asaptest

import (
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

func parse(t *testing.T, command string) (step.Event, error) {
	t.Helper()
	words := strings.Fields(command)
	a := steptest.ParseArgs(words[1:])
	ev := ParseEvent(words[0], a)
	return ev, a.Finish()
}

// TestWords shows that the words of a message are the words that describe it.
func TestWords(t *testing.T) {
	t.Parallel()
	for command, want := range map[string]string{
		"registration p 0x71 10.0.0.7:5000 10.0.1.7:5000 home=7 life=5s policy=LeastUsed load=3": "registration p 0x00000071 10.0.0.7:5000,10.0.1.7:5000 LeastUsed life 5s home 0x00000007",
		"registration-response p 0x71":                "registration-response p 0x00000071",
		"registration-response reject p 0x71 cause=7": "registration-response p 0x00000071 reject, cause: inconsistent transport type",
		"deregistration p 0x71":                       "deregistration p 0x00000071",
		"deregistration-response p 0x71 cause=9":      "deregistration-response p 0x00000071, cause: unknown pool handle",
		"resolution-response p policy=RoundRobin":     "resolution-response p RoundRobin",
		"resolution-response p cause=9":               "resolution-response p, cause: unknown pool handle",
		"resolution p items=3":                        "resolution p items 3",
		"keep-alive home 0x1 p pe=7":                  "keep-alive 0x00000001 p 0x00000007 home",
		"keep-alive 0x1 p":                            "keep-alive 0x00000001 p 0x00000000",
		"ack p 0x71":                                  "ack p 0x00000071",
		"unreachable p 0x71":                          "unreachable p 0x00000071",
		"error cause=1 skipped=0xc777":                "error, cause: unrecognized parameter, cause: unrecognized parameter (c7770004)",
		"cookie c":                                    "ASAP_COOKIE",
	} {
		ev, err := parse(t, "recv 7 "+command)
		received, ok := ev.(step.Received[asapmsg.Message])
		if err != nil || !ok || received.Assoc != 7 {
			t.Errorf("%s: event %+v: %v", command, ev, err)
			continue
		}
		if got := DescribeMessage(received.Message); got != want {
			t.Errorf("%s: %q, want %q", command, got, want)
		}
	}
}

// TestDescribeIDs shows that few elements are listed, and many are counted.
func TestDescribeIDs(t *testing.T) {
	t.Parallel()
	elements := ParseElements(steptest.ParseArgs(strings.Fields("1 2 3 4 5 6 7 8 9")))
	for n, want := range map[int]string{0: "", 2: " 0x00000001 0x00000002", 9: " and 9 elements"} {
		if got := DescribeIDs(elements[:n]); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestMistakes shows that a command with a mistake is an error.
func TestMistakes(t *testing.T) {
	t.Parallel()
	for _, command := range []string{
		"recv 7 nonsense",
		"recv x ack p 0x71",
		"recv 7 ack p",
		"recv 7 ack p 0x71 more",
		"recv 7 registration p 0x71 10.0.0.7",
		"recv 7 registration p 0x71 10.0.0.7:5000 policy=None",
		"recv 7 registration p 0x71 10.0.0.7:5000 life=long",
		"recv 7 resolution p items=many",
		"malformed 7 x",
	} {
		if ev, err := parse(t, command); err == nil {
			t.Errorf("%s: event %+v", command, ev)
		}
	}
	if ev, _ := parse(t, "tick 7"); ev != nil {
		t.Errorf("event %+v of another package", ev)
	}
	ev, err := parse(t, "malformed 7 0x01")
	if m, ok := ev.(step.Malformed); err != nil || !ok || m.Assoc != 7 || m.Err == nil || len(m.Data) != 8 {
		t.Errorf("event %+v: %v", ev, err)
	}
}
