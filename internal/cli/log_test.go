package cli

import (
	"bytes"
	"context"
	"encoding"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLogLevel(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]slog.Level{
		"1": slog.LevelError, "2": slog.LevelWarn, "3": slog.LevelInfo, "4": slog.LevelInfo, "5": slog.LevelDebug, "9": slog.LevelDebug, "10": slog.LevelDebug,
	} {
		var l logLevel
		if err := l.UnmarshalText([]byte(text)); err != nil || l.slog() != want || l > 9 {
			t.Errorf("%q: %v, %v; want %v", text, l.slog(), err, want)
		}
	}
	refused(t, func() encoding.TextUnmarshaler { return new(logLevel) }, "0 to 9", "", "-1", "info", "1.5")
}

func TestLogIsOff(t *testing.T) {
	t.Parallel()
	for _, f := range []LogFlags{{Level: 0}, {Level: 9, Quiet: true}} {
		log, closeLog, err := f.open()
		if err != nil {
			t.Fatal(err)
		}
		if log.Enabled(context.Background(), slog.LevelError) {
			t.Errorf("%+v: errors are logged", f)
		}
		closeLog()
	}
}

func TestLogFile(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "log")
	for _, test := range []struct {
		flags LogFlags
		lines int
	}{
		{LogFlags{Level: 3, File: name}, 1},
		{LogFlags{Level: 3, Append: name}, 2},
		{LogFlags{Level: 1, Append: name}, 2},
		{LogFlags{Level: 3, File: name}, 1},
	} {
		test.flags.Color = "auto"
		log, closeLog, err := test.flags.open()
		if err != nil {
			t.Fatal(err)
		}
		log.Info("something happens", "pool", "EchoPool")
		closeLog()
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(text, []byte("\n")); n != test.lines || bytes.ContainsRune(text, '\033') {
			t.Errorf("%+v: %d lines, want %d without colours:\n%s", test.flags, n, test.lines, text)
		}
	}
}

// number has a text of its own, like an identifier.
type number uint32

func (n number) String() string { return fmt.Sprintf("%#x", uint32(n)) }

func TestLogFormat(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	f := LogFlags{Level: 3, Format: "json"}
	slog.New(f.handler(&b, true)).Info("something happens", "pool", "EchoPool", "pe_id", number(7), "elements", 3)
	type entry struct {
		Level, Msg, Pool string
		ID               string `json:"pe_id"`
		Elements         int
	}
	var line entry
	if err := json.Unmarshal(b.Bytes(), &line); err != nil || line != (entry{"INFO", "something happens", "EchoPool", "0x7", 3}) {
		t.Errorf("%s: %v, %+v", b.Bytes(), err, line)
	}
	for _, colored := range []bool{true, false} {
		b.Reset()
		f.Format = "text"
		slog.New(f.handler(&b, colored)).Info("something happens")
		if strings.Contains(b.String(), "\033[") != colored {
			t.Errorf("colours %v: %q", colored, b.String())
		}
	}
}

func TestColored(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "f"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for color, want := range map[string]bool{"on": true, "off": false, "auto": false} { // A file is no terminal.
		f := LogFlags{Color: color}
		if f.Colored(file) != want {
			t.Errorf("%s: %v", color, !want)
		}
	}
}
