package main

import (
	"fmt"
	"io"
	"time"

	"github.com/rserpool-go/rserpool/tools/internal/decode"
)

// output writes messages.
type output interface {
	write(r *decode.Record) error
}

// output returns what writes the messages as the options say.
func (p *program) output(w io.Writer, summary *summary) output {
	switch {
	case p.Stats:
		return summary
	case p.Output == "json":
		return &jsonOutput{w: w}
	case p.Output == "cbor":
		return &cborOutput{w: w}
	}
	return &textOutput{w: w, verbose: p.Verbose, time: p.Time}
}

// timeFormat is how times are shown: local, utc or relative.
type timeFormat string

// UnmarshalText checks the name.
func (f *timeFormat) UnmarshalText(text []byte) error {
	switch *f = timeFormat(text); *f {
	case "local", "utc", "relative":
		return nil
	}
	return fmt.Errorf("%q is none of local, utc, relative", text)
}

// format returns a time in a width that is always the same for a format.
func (f timeFormat) format(t, first time.Time) string {
	const clock = "2006-01-02 15:04:05.000000"
	switch {
	case t.IsZero():
		return "-"
	case f == "relative":
		return fmt.Sprintf("%11.6f", t.Sub(first).Seconds())
	case f == "utc":
		return t.UTC().Format(clock)
	}
	return t.Local().Format(clock)
}
