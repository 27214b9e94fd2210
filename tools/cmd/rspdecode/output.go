package main

import (
	"fmt"
	"io"
	"os"

	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/tools/internal/decode"
)

// output writes messages.
type output interface {
	write(m *message) error
	// end writes the rest of the output, behind the last message.
	end() error
}

// output returns the output of the options, for a capture with a name. Text for a terminal is cut and
// coloured.
func (p *program) output(w io.Writer, d *decode.Decoder, name string) (output, error) {
	columns, colored := 0, p.Log.IsColored(os.Stdout)
	if !p.Wide {
		columns = cli.Width(os.Stdout)
	}
	switch {
	case p.HTML != "":
		file, err := p.createPage()
		if err != nil {
			return nil, err
		}
		return newHTMLOutput(file, d, name), nil
	case p.Stats:
		return newSummary(w, d, p.Output), nil
	case p.Flow:
		return &flowOutput{w: w, time: p.Time, colored: colored, columns: columns}, nil
	case p.Output == "json":
		return &jsonOutput{w: w}, nil
	case p.Output == "cbor":
		return &cborOutput{w: w}, nil
	}
	return &textOutput{w: w, verbose: p.Verbose, time: p.Time, colored: colored, columns: columns}, nil
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
func (f timeFormat) format(m *message, withDate bool) string {
	clock := "15:04:05.000000"
	if withDate {
		clock = "2006-01-02 " + clock
	}
	switch {
	case m.Time.IsZero():
		return "-"
	case f == "relative":
		return fmt.Sprintf("%11.6f", m.Since.Seconds())
	case f == "utc":
		return m.Time.UTC().Format(clock)
	}
	return m.Time.Local().Format(clock)
}
