package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/registrar/registrartest"
)

var quiet = slog.New(slog.DiscardHandler)

// live runs a registrar until the context ends, with something that watches it.
func live(t *testing.T, ctx context.Context, watch func(*registrar.Server)) {
	t.Helper()
	server, err := registrar.New(t.Context(), registrartest.Loopback())
	if err != nil {
		t.Fatal(err)
	}
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		watch(server)
	}()
	if err := server.Run(ctx); err != nil {
		t.Error(err)
	}
	<-watched
}

// lines is a file that tells how many lines have been written.
type lines struct {
	io.WriteCloser
	written chan struct{}
}

func (l lines) Write(b []byte) (int, error) {
	l.written <- struct{}{}
	return l.WriteCloser.Write(b)
}

func TestStatisticsFile(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "registrar.stats")
	flags := statisticsFlags{File: name, Interval: cli.Milliseconds(10 * time.Millisecond)}
	if err := flags.Validate(); err != nil {
		t.Fatal(err)
	}
	s, err := flags.open(&history{totals: totals{17}}) // Of a former run.
	if err != nil {
		t.Fatal(err)
	}
	out := lines{s.out, make(chan struct{})}
	s.out = out
	// Two runs follow each other in one file.
	for range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			for range 3 {
				<-out.written
			}
			cancel()
			for {
				select {
				case <-out.written:
				case <-t.Context().Done():
					return
				}
			}
		}()
		live(t, ctx, func(server *registrar.Server) { s.watch(ctx, quiet, server) })
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	checkStatistics(t, name, "17")
}

// checkStatistics checks the header of a file of statistics, and the numbers, times and
// registrations in its rows.
func checkStatistics(t *testing.T, name, registrations string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(rows) < 7 {
		t.Fatalf("%d lines:\n%s", len(rows), text)
	}
	header := strings.Fields(rows[0])
	if len(header) != 17 || header[0] != "AbsTime" || header[9] != "Registrations" || header[16] != "EndpointKeepAlives" {
		t.Errorf("header %q", rows[0])
	}
	last := -1.0
	for i, row := range rows[1:] {
		words := strings.Fields(row)
		if number, err := strconv.Atoi(words[0]); err != nil || number != i+1 || len(words[0]) != 6 || len(words) != len(header)+1 {
			t.Fatalf("line %d: %q", i+1, row)
		}
		relative, err := strconv.ParseFloat(words[2], 64)
		if err != nil || relative <= last {
			t.Errorf("line %d, relative time %q after %v", i+1, words[2], last)
		}
		last = relative
		if words[10] != registrations {
			t.Errorf("line %d: %s registrations", i+1, words[10])
		}
	}
	if first := strings.Fields(rows[1]); first[2] != "0.000000" {
		t.Errorf("the first line is at %s", first[2])
	}
}

func TestStatisticsFileThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	flags := statisticsFlags{File: filepath.Join(t.TempDir(), "no", "such", "folder"), Interval: cli.Milliseconds(time.Second)}
	if _, err := flags.open(nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	if s, err := new(statisticsFlags).open(nil); s != nil || err != nil {
		t.Errorf("no file: %v, %v", s, err)
	}
	// A disk that is full does not end the registrar, and has no half lines amid others.
	disk := new(fullDisk)
	s := &statistics{out: disk, interval: time.Millisecond, before: new(history)}
	for range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		live(t, ctx, func(server *registrar.Server) {
			defer cancel()
			s.watch(ctx, quiet, server)
			if _, err := server.Stats(ctx); err != nil {
				t.Errorf("the registrar has ended: %v", err)
			}
		})
	}
	if disk.writes != 1 {
		t.Errorf("%d lines, want the one that has failed", disk.writes)
	}
}

// fullDisk takes half of what is written to it.
type fullDisk struct {
	io.Closer
	writes int
}

func (d *fullDisk) Write(b []byte) (int, error) {
	d.writes++
	return len(b) / 2, syscall.ENOSPC
}
