package cli

import (
	"io"
	"log/slog"
	"os"

	"github.com/lmittmann/tint"
	"golang.org/x/term"
)

// LogFlags say what is logged and where to.
type LogFlags struct {
	Level  int    `name:"loglevel" default:"3" placeholder:"0-9" help:"0: nothing, 1: errors, 2: warnings, 3 and 4: notes and actions, 5 to 9: each message. Default: ${default}."`
	File   string `name:"logfile" placeholder:"FILE" xor:"log" help:"Log to a file, from its beginning."`
	Append string `name:"logappend" placeholder:"FILE" xor:"log" help:"Log to a file, behind its end."`
	Quiet  bool   `name:"logquiet" help:"Log nothing."`
	Color  string `name:"logcolor" enum:"auto,on,off" default:"auto" help:"Colours in text: auto (on a terminal), on or off."`
	Format string `name:"log-format" enum:"text,json" default:"text" help:"Format of the log: text or json."`
}

// open returns the logger, and what closes its file.
func (f *LogFlags) open() (log *slog.Logger, closeLog func(), err error) {
	if f.Quiet || f.Level <= 0 {
		return slog.New(slog.DiscardHandler), func() {}, nil
	}
	out := os.Stderr
	closeLog = func() {}
	switch {
	case f.File != "":
		out, err = os.Create(f.File)
	case f.Append != "":
		out, err = os.OpenFile(f.Append, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	}
	if err != nil {
		return nil, nil, err
	}
	if out != os.Stderr {
		closeLog = func() { _ = out.Close() }
	}
	return slog.New(f.handler(out, term.IsTerminal(int(out.Fd())))), closeLog, nil
}

func (f *LogFlags) handler(out io.Writer, terminal bool) slog.Handler {
	if f.Format == "json" {
		return slog.NewJSONHandler(out, &slog.HandlerOptions{Level: f.level()})
	}
	return tint.NewTextHandler(out, &tint.Options{
		Level:      f.level(),
		TimeFormat: "2006-01-02 15:04:05.000",
		NoColor:    f.Color == "off" || f.Color == "auto" && !terminal,
	})
}

// level returns what the number means for slog.
func (f *LogFlags) level() slog.Level {
	switch {
	case f.Level <= 1:
		return slog.LevelError
	case f.Level == 2:
		return slog.LevelWarn
	case f.Level <= 4:
		return slog.LevelInfo
	}
	return slog.LevelDebug
}
