package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/tools/replay"
)

// output writes what a replay finds.
type output struct {
	w   *bufio.Writer
	err error // the first one

	// encode encodes an object. Nil: the output is text.
	encode func(any) ([]byte, error)
	two    bool      // registrars are compared with each other
	live   *cli.Live // the progress, nil without a terminal
}

// object is an object of the output. One field is set.
type object struct {
	Difference *difference     `json:"difference,omitempty"`
	Mapping    *replay.Mapping `json:"mapping,omitempty"`
	Result     *replay.Result  `json:"result,omitempty"`
}

// difference is a difference in the output.
type difference struct {
	Round   int     `json:"round"`
	Frame   int     `json:"frame,omitempty"`
	At      float64 `json:"at_ms"`
	Request string  `json:"request"`
	Field   string  `json:"field"`
	A       string  `json:"a"`
	B       string  `json:"b"`
}

// newOutput returns the output that the options ask for.
func (p *program) newOutput(w io.Writer) (*output, error) {
	o := &output{w: bufio.NewWriter(w), two: len(p.And) > 0}
	switch p.Output {
	case "json":
		o.encode = func(v any) ([]byte, error) {
			b, err := json.Marshal(v)
			return append(b, '\n'), err
		}
	case "cbor":
		mode, err := cbor.CoreDetEncOptions().EncMode()
		if err != nil {
			return nil, err
		}
		o.encode = mode.Marshal
	default:
		o.live = cli.NewLive(os.Stderr, os.Stderr)
	}
	return o, nil
}

// write writes an object, or a line of text.
func (o *output) write(v object, text string) {
	b := []byte(text)
	var err error
	if o.encode != nil {
		b, err = o.encode(v)
	} else {
		o.live.Set("")
	}
	if err == nil {
		_, err = o.w.Write(b)
	}
	o.note(err)
}

// note keeps the first error.
func (o *output) note(err error) {
	if o.err == nil {
		o.err = err
	}
}

// finish removes the progress line and writes the rest. It returns the first error.
func (o *output) finish() error {
	o.live.Set("")
	o.note(o.w.Flush())
	return o.err
}

// sides returns the names of the two sides that are compared.
func (o *output) sides() (a, b string) {
	if o.two {
		return "first", "second"
	}
	return "capture", "live"
}

func (o *output) difference(d replay.Difference) {
	v := difference{
		Round: d.Round, Frame: d.Frame, At: float64(d.At.Microseconds()) / 1e3,
		Request: d.Request, Field: d.Field, A: d.A, B: d.B,
	}
	place := fmt.Sprintf("%11.6f", d.At.Seconds())
	if d.Frame > 0 {
		place += fmt.Sprintf("  frame %d", d.Frame)
	}
	a, b := o.sides()
	o.write(object{Difference: &v}, fmt.Sprintf("%s  %s: %s: %s %s, %s %s\n", place, d.Request, d.Field, a, value(d.A), b, value(d.B)))
}

// value returns a value of a difference in words.
func value(v string) string {
	if v == "" {
		return "without"
	}
	return v
}

func (o *output) mapping(m replay.Mapping) {
	o.write(object{Mapping: &m}, fmt.Sprintf("%s %s is %s\n", m.Kind, m.Capture, m.Live))
}

func (o *output) result(r replay.Result) {
	text := fmt.Sprintf("%s of the capture in %s, %.1f s\n%s compared, %s\n", cli.Count(uint64(r.Cues), "event"),
		cli.Count(r.Rounds, "round"), r.Seconds, cli.Count(r.Answers, "answer"), cli.Count(r.Differences, "difference"))
	for i, t := range r.Registrars {
		text += fmt.Sprintf("registrar %d: %s sent, %d received, %.0f/s", i+1, cli.Count(t.Sent, "message"), t.Received, t.MessagesPerSecond)
		for _, c := range []struct {
			n    int
			what string
		}{
			{t.Skipped, strconv.Itoa(t.Skipped) + " not sent"},
			{t.Unsettled, strconv.Itoa(t.Unsettled) + " without an answer in the capture"},
			{t.Refused, cli.Count(t.Refused, "association") + " refused"},
		} {
			if c.n > 0 {
				text += ", " + c.what
			}
		}
		text += "\n"
		if t.Max > 0 { // There was an answer.
			text += fmt.Sprintf("latency: p50 %d us, p90 %d us, p99 %d us, max %d us\n", t.P50, t.P90, t.P99, t.Max)
		}
	}
	o.write(object{Result: &r}, text)
}

// progress writes the output so far, and shows the progress on a line of the terminal.
func (o *output) progress(p replay.Progress) {
	o.note(o.w.Flush())
	o.live.Set(fmt.Sprintf("round %d, %v of the capture, %s sent, %s",
		p.Round, p.At.Round(time.Second/10), cli.Count(p.Sent, "message"), cli.Count(p.Differences, "difference")))
}
