package main

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/tools/replay"
)

// write writes an object of each kind.
func write(t *testing.T, p *program) []byte {
	t.Helper()
	var b bytes.Buffer
	o, err := p.newOutput(&b)
	if err != nil {
		t.Fatal(err)
	}
	o.mapping(replay.Mapping{Kind: "registrar", Capture: "0x00000001", Live: "0x00000999"})
	o.difference(replay.Difference{Round: 1, Frame: 9, At: 1500 * time.Millisecond, Request: "ASAP_REGISTRATION p", Field: "reject", B: "set"})
	o.difference(replay.Difference{Round: 2, Request: "end", Field: "association", A: "up", B: "ended"})
	o.progress(replay.Progress{}) // There is no terminal.
	o.result(replay.Result{
		Rounds: 2, Seconds: 3, Cues: 10, Answers: 4, Differences: 2,
		Registrars: []replay.Tally{{Sent: 5, Received: 4, Skipped: 1, MessagesPerSecond: 3, P50: 1, P90: 2, P99: 3, Max: 4}},
	})
	if err := o.finish(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const wantJSON = `{"mapping":{"kind":"registrar","capture":"0x00000001","live":"0x00000999"}}
{"difference":{"round":1,"frame":9,"at_ms":1500,"request":"ASAP_REGISTRATION p","field":"reject","a":"","b":"set"}}
{"difference":{"round":2,"at_ms":0,"request":"end","field":"association","a":"up","b":"ended"}}
{"result":{"rounds":2,"seconds":3,"cues":10,"answers":4,"differences":2,"registrars":[{"sent":5,"received":4,"skipped":1,"unsettled":0,"refused":0,"messages_per_second":3,"p50_us":1,"p90_us":2,"p99_us":3,"max_us":4}]}}
`

func TestOutput(t *testing.T) {
	t.Parallel()
	const wantText = `registrar 0x00000001 is 0x00000999
   1.500000  frame 9  ASAP_REGISTRATION p: reject: capture without, live set
   0.000000  end: association: capture up, live ended
10 events of the capture in 2 rounds, 3.0 s
4 answers compared, 2 differences
registrar 1: 5 messages sent, 4 received, 3/s, 1 not sent
latency: p50 1 us, p90 2 us, p99 3 us, max 4 us
`
	if got := string(write(t, &program{})); got != wantText {
		t.Errorf("text:\n%s", got)
	}
	if got := string(write(t, &program{And: make(cli.Addrs, 1)})); !strings.Contains(got, "reject: first without, second set\n") {
		t.Errorf("text about two registrars:\n%s", got)
	}
	if got := string(write(t, &program{Output: "json"})); got != wantJSON {
		t.Errorf("JSON:\n%s", got)
	}
}

// TestOutputWithoutAnswers has words for one and for no answer.
func TestOutputWithoutAnswers(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	o, err := (&program{}).newOutput(&b)
	if err != nil {
		t.Fatal(err)
	}
	o.result(replay.Result{Rounds: 1, Cues: 1, Registrars: []replay.Tally{{Sent: 1, Unsettled: 1, Refused: 1}}})
	if err := o.finish(); err != nil {
		t.Fatal(err)
	}
	const want = `1 event of the capture in 1 round, 0.0 s
0 answers compared, 0 differences
registrar 1: 1 message sent, 0 received, 0/s, 1 without an answer in the capture, 1 association refused
`
	if got := b.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestProgressWritesOutput holds that the output does not wait for the end of a replay.
func TestProgressWritesOutput(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	o, err := (&program{Output: "json"}).newOutput(&b)
	if err != nil {
		t.Fatal(err)
	}
	o.mapping(replay.Mapping{Kind: "registrar"})
	o.progress(replay.Progress{})
	if b.Len() == 0 {
		t.Error("the mapping is not written")
	}
}

// TestCBOR holds that CBOR has the objects of JSON.
func TestCBOR(t *testing.T) {
	t.Parallel()
	decoder := cbor.NewDecoder(bytes.NewReader(write(t, &program{Output: "cbor"})))
	var keys []string
	for {
		var v map[string]map[string]any
		if err := decoder.Decode(&v); err != nil {
			if !errors.Is(err, io.EOF) {
				t.Error(err)
			}
			break
		}
		for key, object := range v {
			keys = append(keys, key)
			for name := range object {
				if !strings.Contains(wantJSON, `"`+name+`":`) {
					t.Errorf("%s has a key %s, which JSON lacks", key, name)
				}
			}
		}
	}
	if got := strings.Join(keys, " "); got != "mapping difference difference result" {
		t.Errorf("objects: %s", got)
	}
}
