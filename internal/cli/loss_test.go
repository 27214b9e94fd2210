package cli

import (
	"encoding/json"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/rserpool-go/rserpool/internal/cli/spool"
)

// Without a reader lines are left out. The log reports their number when there is a reader again.
func TestLogThatNobodyReads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		out := spool.New(w, 0)
		f := LogFlags{Level: 3, Format: "json"}
		log := slog.New(withLoss(f.handler(out, false), out)).With("pool", "EchoPool")
		const most = 5000
		for i := range most { // More than there is room for.
			log.Info(strings.Repeat("x", 1<<10))
			if i == 0 {
				synctest.Wait() // The first write waits for the reader.
			}
		}
		lost := out.Lost()
		if lost < 500 || lost > most-spool.Most/(2<<10) {
			t.Fatalf("%d of %d lines lost", lost, most)
		}
		text := make(chan []byte)
		go func() {
			b, _ := io.ReadAll(r)
			text <- b
		}()
		synctest.Wait()
		log.Info("again")
		if err := out.Close(); err != nil {
			t.Error(err)
		}
		var lines, missing int
		for line := range strings.Lines(string(<-text)) {
			entry := struct {
				Level   slog.Level
				Msg     string
				Pool    string
				Missing int
			}{}
			if err := json.Unmarshal([]byte(line), &entry); err != nil {
				t.Fatal(err)
			}
			switch {
			case entry.Level == slog.LevelWarn && entry.Msg == "log incomplete" && entry.Missing > 0 && entry.Pool == "":
				missing += entry.Missing
			case entry.Msg == "again" && missing != lost:
				t.Errorf("%d missing, want %d", missing, lost)
			case entry.Pool == "EchoPool":
				lines++
			default:
				t.Errorf("line %q", line)
			}
		}
		if lines+missing != most+1 {
			t.Errorf("%d lines, %d missing of %d", lines, missing, most+1)
		}
	})
}
