package cli

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"

	"github.com/lmittmann/tint"
	"github.com/rserpool-go/rserpool/internal/cli/spool"
	"golang.org/x/term"
)

// LogFlags say what is logged and where to.
type LogFlags struct {
	Level  logLevel `name:"loglevel" default:"${loglevel}" placeholder:"0-9" help:"0: nothing; 1: errors; 2: and warnings; 3, 4: and what happens; 5 to 9: and every message. Default: ${default}."`
	File   string   `name:"logfile" placeholder:"FILE" xor:"log" help:"Log to a file, which is overwritten, and not to standard error."`
	Append string   `name:"logappend" placeholder:"FILE" xor:"log" help:"Log to the end of a file, and not to standard error."`
	Quiet  bool     `name:"logquiet" help:"Log nothing."`
	Color  string   `name:"logcolor" enum:"auto,on,off" default:"auto" placeholder:"on|off|auto" help:"Colours: on, off, or auto, which means on a terminal. Default: ${default}."`
	Format string   `name:"log-format" enum:"text,json" default:"text" placeholder:"text|json" help:"Format of the log. Default: ${default}."`
}

// logLevel is a level of the deployed programs. Those above 9 mean 9.
type logLevel uint

// UnmarshalText takes a number.
func (l *logLevel) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 10, 32)
	if err != nil {
		return fmt.Errorf("%q is not a number from 0 to 9", text)
	}
	*l = logLevel(min(n, 9))
	return nil
}

// slog returns what the level means for slog. 0 has no equivalent there.
func (l logLevel) slog() slog.Level {
	switch {
	case l <= 1:
		return slog.LevelError
	case l == 2:
		return slog.LevelWarn
	case l <= 4:
		return slog.LevelInfo
	}
	return slog.LevelDebug
}

// open returns the logger, and what closes its file. Who logs does not wait for the file.
func (f *LogFlags) open() (log *slog.Logger, closeLog func(), err error) {
	if f.Quiet || f.Level == 0 {
		return slog.New(slog.DiscardHandler), func() {}, nil
	}
	file := os.Stderr
	switch {
	case f.File != "":
		file, err = os.Create(f.File)
	case f.Append != "":
		file, err = os.OpenFile(f.Append, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	}
	if err != nil {
		return nil, nil, err
	}
	var out *spool.Writer
	if file == os.Stderr {
		out = SpoolStandard(file)
	} else {
		out = spool.New(file, 0)
	}
	log = slog.New(withLoss(f.handler(out, f.Colored(file)), out))
	return log, func() { _ = out.Close() }, nil // Where could it be said?
}

func (f *LogFlags) handler(out io.Writer, colored bool) slog.Handler {
	if f.Format == "json" {
		return slog.NewJSONHandler(out, &slog.HandlerOptions{Level: f.Level.slog(), ReplaceAttr: asText})
	}
	return tint.NewTextHandler(out, &tint.Options{
		Level:      f.Level.slog(),
		TimeFormat: "2006-01-02 15:04:05.000",
		NoColor:    !colored,
	})
}

// asText has identifiers and the like look in JSON as they do in text, so that both can
// be searched for what another program has printed.
func asText(_ []string, a slog.Attr) slog.Attr {
	if text, ok := a.Value.Any().(fmt.Stringer); ok && a.Value.Kind() == slog.KindAny {
		a.Value = slog.StringValue(text.String())
	}
	return a
}

// Colored reports whether text for a file is to have colours. With auto, NO_COLOR
// in the environment means no (no-color.org).
func (f *LogFlags) Colored(file *os.File) bool {
	if f.Color == "auto" {
		return os.Getenv("NO_COLOR") == "" && term.IsTerminal(int(file.Fd()))
	}
	return f.Color == "on"
}
