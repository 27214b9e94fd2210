package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/registrar"
)

// statisticsFlags are about the file of statistics.
type statisticsFlags struct {
	File     string           `name:"statsfile" placeholder:"FILE" help:"Write statistics to a file, which is overwritten: a table for R. Needs --statsinterval."`
	Interval cli.Milliseconds `name:"statsinterval" placeholder:"MS" help:"Time between two lines of the file of statistics (10 to 3600000)."`
}

// Validate checks what goes together and what is in its range. Kong calls it.
func (f *statisticsFlags) Validate() error {
	switch {
	case (f.File == "") != (f.Interval == 0):
		return errors.New("--statsfile and --statsinterval need each other")
	case strings.HasSuffix(f.File, ".bz2"):
		return fmt.Errorf("--statsfile=%s: the file is not compressed; take another name, and compress it afterwards", f.File)
	}
	return check([]limits{{"statsinterval", f.Interval.Duration().Milliseconds(), 10, 3600000}})
}

// open creates the file. It returns nil if there is to be none.
func (f *statisticsFlags) open() (*statistics, error) {
	if f.File == "" {
		return nil, nil
	}
	file, err := os.Create(f.File)
	if err != nil {
		return nil, err
	}
	s := &statistics{out: file, interval: f.Interval.Duration(), start: time.Now()}
	if _, err := io.WriteString(file, statisticsHeader); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return s, nil
}

const statisticsHeader = "AbsTime RelTime Runtime UserTime SystemTime " +
	"Peers Pools PoolElements OwnedPoolElements " +
	"Registrations Reregistrations Deregistrations HandleResolutions FailureReports " +
	"Synchronizations HandleUpdates EndpointKeepAlives\n"

// statistics is the file of statistics. In a failure test the lives of the registrar
// follow each other in it, and the totals go on.
type statistics struct {
	out      io.WriteCloser
	interval time.Duration
	start    time.Time // of the program
	first    time.Time // of the first line
	row      int
	before   totals // of former lives
}

// totals are the columns that only grow.
type totals [8]uint64

func totalsOf(s *registrar.Stats) totals {
	return totals{
		s.ASAP.Registrations, s.ASAP.Reregistrations, s.ASAP.Deregistrations, s.ASAP.Resolutions,
		s.ASAP.FailureReports, s.ENRP.TableRequests, s.ENRP.Updates, s.ASAP.KeepAlives,
	}
}

func (t *totals) add(u totals) {
	for i := range t {
		t[i] += u[i]
	}
}

// watch writes a line at once, and then one in each interval until the server's
// context ends. It never fails: what cannot be written is logged.
func (s *statistics) watch(ctx context.Context, log *slog.Logger, server *registrar.Server) {
	ticker := time.NewTicker(s.interval)
	defer ticker.Stop()
	var last registrar.Stats
	for {
		stats, err := server.Stats(ctx)
		if err != nil {
			break
		}
		last = stats
		if err := s.write(time.Now(), &stats); err != nil {
			log.Error("statistics not written", "error", err)
			break
		}
		select {
		case <-ctx.Done():
		case <-ticker.C:
			continue
		}
		break
	}
	s.before.add(totalsOf(&last))
}

// write writes a line. It begins with its number, which has no name in the header.
func (s *statistics) write(now time.Time, stats *registrar.Stats) error {
	if s.first.IsZero() {
		s.first = now
	}
	s.row++
	user, system := cpuTime()
	b := bufio.NewWriter(s.out)
	fmt.Fprintf(b, "%06d %.6f %.6f %.6f %.6f %.6f", s.row, float64(now.UnixMicro())/1e6,
		now.Sub(s.first).Seconds(), now.Sub(s.start).Seconds(), user.Seconds(), system.Seconds())
	fmt.Fprintf(b, " %d %d %d %d", stats.Peers, stats.Pools, stats.Elements, stats.OwnedElements)
	sum := totalsOf(stats)
	sum.add(s.before)
	for _, n := range sum {
		fmt.Fprintf(b, " %d", n)
	}
	fmt.Fprintln(b)
	return b.Flush()
}

// close closes the file, if there is one.
func (s *statistics) close() error {
	if s == nil {
		return nil
	}
	return s.out.Close()
}
