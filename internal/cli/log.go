package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"reflect"
	"strconv"

	"github.com/lmittmann/tint"
	"github.com/rserpool-go/rserpool/internal/cli/lograte"
	"github.com/rserpool-go/rserpool/internal/cli/spool"
	"golang.org/x/term"
)

// TimeFormat is the form of the date and the time before a line, in a log and in text.
const TimeFormat = "2006-01-02 15:04:05.000"

// LogFlags configure the log.
type LogFlags struct {
	Level  logLevel `name:"loglevel" default:"${loglevel}" placeholder:"0-9" help:"Log level: 0 off, 1 error, 2 warning, 3-4 info, 5-9 debug. Default: ${default}."`
	File   string   `name:"logfile" placeholder:"FILE" xor:"log" help:"Write the log to this file instead of standard error; an existing file is overwritten."`
	Append string   `name:"logappend" placeholder:"FILE" xor:"log" help:"Append the log to this file instead of writing it to standard error."`
	Quiet  bool     `name:"logquiet" help:"Log nothing."`
	Color  string   `name:"logcolor" enum:"auto,on,off" default:"auto" placeholder:"on|off|auto" help:"Use colours: on, off, or auto (on at a terminal). Default: ${default}."`
	Format string   `name:"log-format" enum:"text,json" default:"text" placeholder:"text|json" help:"Format of the log. Default: ${default}."`
}

// logLevel is a log level of RSPLIB. Levels above 9 mean 9.
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

// slog returns the level of package slog. Level 0 has no equivalent there.
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

// open returns the logger, and a function that closes its file. A call of the logger does not
// wait for the file. Records of a kind that come in large numbers are suppressed and counted.
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
	limited := lograte.New(withLoss(f.handler(out, f.IsColored(file)), out))
	closeLog = func() {
		limited.Close()
		_ = out.Close() // There is no place left to report an error.
	}
	return slog.New(limited), closeLog, nil
}

func (f *LogFlags) handler(out io.Writer, colored bool) slog.Handler {
	if f.Format == "json" {
		return slog.NewJSONHandler(out, &slog.HandlerOptions{Level: f.Level.slog(), ReplaceAttr: asText})
	}
	return tint.NewTextHandler(out, &tint.Options{
		Level:      f.Level.slog(),
		TimeFormat: TimeFormat,
		NoColor:    !colored,
	})
}

// asText makes identifiers, addresses and the like look in JSON as they do in text. So both can be
// searched for the output of another program, and a key has one type in all records.
func asText(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() != slog.KindAny {
		return a
	}
	switch v := a.Value.Any(); v.(type) {
	case fmt.Stringer, error:
		a.Value = slog.StringValue(fmt.Sprint(v))
	default:
		if k := reflect.ValueOf(v).Kind(); k == reflect.Slice || k == reflect.Array || k == reflect.Struct {
			a.Value = slog.StringValue(fmt.Sprint(v))
		}
	}
	return a
}

// BesideText returns the logger for the libraries of a program that prints text. Where the log is
// text on standard error, the user reads both together. Then records of libraries below level
// Warn are left out, because the program itself prints the same news. Debugging logs all records.
func (f *LogFlags) BesideText(log *slog.Logger) *slog.Logger {
	if f.File != "" || f.Append != "" || f.Format == "json" || f.Level.slog() < slog.LevelInfo {
		return log
	}
	return slog.New(&warnings{log.Handler()})
}

// warnings is a handler without the records below level Warn.
type warnings struct{ slog.Handler }

// Enabled reports whether records of a level are logged.
func (h *warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}

// WithAttrs returns the handler with attributes.
func (h *warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &warnings{h.Handler.WithAttrs(attrs)}
}

// WithGroup returns the handler with a group.
func (h *warnings) WithGroup(name string) slog.Handler {
	return &warnings{h.Handler.WithGroup(name)}
}

// IsColored reports whether text for a file has colours. With auto, NO_COLOR in the
// environment turns them off (no-color.org).
func (f *LogFlags) IsColored(file *os.File) bool {
	if f.Color == "auto" {
		return os.Getenv("NO_COLOR") == "" && term.IsTerminal(int(file.Fd()))
	}
	return f.Color == "on"
}
