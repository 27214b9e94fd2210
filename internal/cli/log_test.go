package cli

import (
	"bytes"
	"context"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/rserpool-go/rserpool/internal/cli/lograte"
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
	expectRefusal(t, func() encoding.TextUnmarshaler { return new(logLevel) }, "0 to 9", "", "-1", "info", "1.5")
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

// TestLogFlood asserts that the log of a program counts a flood of records, and that the count is
// there at the end of the program.
func TestLogFlood(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := LogFlags{Level: 3, Format: "json", File: filepath.Join(t.TempDir(), "log")}
		log, closeLog, err := f.open()
		if err != nil {
			t.Fatal(err)
		}
		library := f.BesideText(log).With("pool", "EchoPool")
		for range 1000 {
			library.Info("session begins")
		}
		closeLog()
		text, err := os.ReadFile(f.File)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		if len(lines) != lograte.Limit+1 {
			t.Fatalf("%d records, want %d:\n%s", len(lines), lograte.Limit+1, text)
		}
		last := make(map[string]any)
		if err := json.Unmarshal([]byte(lines[lograte.Limit]), &last); err != nil {
			t.Fatal(err)
		}
		delete(last, "time")
		want := map[string]any{"level": "INFO", "msg": "session begins", "suppressed": 980.0}
		if !maps.Equal(last, want) {
			t.Errorf("last record %v, want %v", last, want)
		}
	})
}

// number has a text of its own, like an identifier.
type number uint32

func (n number) String() string { return fmt.Sprintf("%#x", uint32(n)) }

// port is a number without a text of its own.
type port uint16

func TestLogFormat(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	f := LogFlags{Level: 3, Format: "json"}
	slog.New(f.handler(&b, true)).Info("something happens", "pool", "EchoPool", "pe_id", number(7), "peer", []number{1, 2}, "assoc", port(5), "elements", 3, "error", errors.New("wrong"))
	type entry struct {
		Level, Msg, Pool, Peer, Error string
		ID                            string `json:"pe_id"`
		Elements, Assoc               int
	}
	var line entry
	if err := json.Unmarshal(b.Bytes(), &line); err != nil || line != (entry{"INFO", "something happens", "EchoPool", "[0x1 0x2]", "wrong", "0x7", 3, 5}) {
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

// TestBesideText asserts that news of libraries are left out only where the user reads the text of
// the program beside the log.
func TestBesideText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		flags LogFlags
		want  string
	}{
		{LogFlags{Level: 3, Format: "text"}, "text, warning"},
		{LogFlags{Level: 4, Format: "text"}, "text, warning"},
		{LogFlags{Level: 2, Format: "text"}, "warning"},
		{LogFlags{Level: 5, Format: "text"}, "text, news, warning"},
		{LogFlags{Level: 3, Format: "json"}, "text, news, warning"},
		{LogFlags{Level: 3, Format: "text", File: "log"}, "text, news, warning"},
		{LogFlags{Level: 3, Format: "text", Append: "log"}, "text, news, warning"},
	} {
		var b bytes.Buffer
		log := slog.New(test.flags.handler(&b, false))
		log.Info("text")
		library := test.flags.BesideText(log).With("pool", "EchoPool").WithGroup("peer")
		library.Info("news")
		library.Warn("warning", "id", 7)
		var got []string
		for _, message := range []string{"text", "news", "warning"} {
			if strings.Contains(b.String(), message) {
				got = append(got, message)
			}
		}
		if strings.Join(got, ", ") != test.want {
			t.Errorf("%+v: logged %q, want %s", test.flags, b.String(), test.want)
		}
		if test.flags.Format == "text" && !strings.Contains(b.String(), "pool=EchoPool peer.id=7") {
			t.Errorf("%+v: attributes are missing: %q", test.flags, b.String())
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
		if f.IsColored(file) != want {
			t.Errorf("%s: %v", color, !want)
		}
	}
}
