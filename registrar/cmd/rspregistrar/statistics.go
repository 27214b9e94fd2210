package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/registrar"
)

// statisticsFlags are the options for the file of statistics.
type statisticsFlags struct {
	File     string           `name:"statsfile" placeholder:"FILE" help:"Write a table of statistics for R to this file, which is overwritten. Needs --statsinterval."`
	Interval cli.Milliseconds `name:"statsinterval" least:"10" most:"3600000" placeholder:"MS" help:"Time between two rows of --statsfile (10 to 3600000)."`
}

// Validate checks that both options are given or none, and their values. Kong calls it.
func (f *statisticsFlags) Validate() error {
	if (f.File == "") != (f.Interval == 0) {
		return errors.New("--statsfile and --statsinterval need each other")
	}
	return refuseCompressed("statsfile", f.File)
}

// open creates the file, whose totals continue a history. It returns nil without --statsfile.
func (f *statisticsFlags) open(before *history) (*statistics, error) {
	if f.File == "" {
		return nil, nil
	}
	file, err := os.Create(f.File)
	if err != nil {
		return nil, err
	}
	s := &statistics{out: file, interval: f.Interval.Duration(), start: time.Now(), before: before}
	if _, err := io.WriteString(file, statisticsHeader); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return s, nil
}

// statisticsHeader names the columns of the table, except the first.
const statisticsHeader = "AbsTime RelTime Runtime UserTime SystemTime " +
	"Peers Pools PoolElements OwnedPoolElements " +
	"Registrations Reregistrations Deregistrations HandleResolutions FailureReports " +
	"Synchronizations HandleUpdates EndpointKeepAlives\n"

// statisticsTimeout is the time that writing a row may take. Without it, a pipe without a reader
// would keep the program from its end.
const statisticsTimeout = time.Second

// statistics is the file of statistics. In a failure test it holds all runs, and the totals
// continue over the runs.
type statistics struct {
	out      io.WriteCloser
	interval time.Duration
	start    time.Time // of the program
	first    time.Time // of the first row
	row      int       // number of the last row
	before   *history  // of former runs
	failed   bool      // the last row may be incomplete, so no row is written any more
}

// watch writes a row at once and then in each interval, until the server's context ends. It logs
// an error and writes nothing any more.
func (s *statistics) watch(ctx context.Context, log *slog.Logger, server *registrar.Server) {
	ticker := time.NewTicker(s.interval)
	defer ticker.Stop()
	for !s.failed {
		stats, err := server.Stats(ctx)
		if err != nil {
			return
		}
		if err := s.write(time.Now(), &stats); err != nil {
			s.failed = true
			log.Error("statistics file abandoned", "error", err)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// write writes a row. It begins with its number, which has no name in the header.
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
	sum.add(s.before.totals)
	for _, n := range sum {
		fmt.Fprintf(b, " %d", n)
	}
	fmt.Fprintln(b)
	if file, ok := s.out.(*os.File); ok {
		_ = file.SetWriteDeadline(time.Now().Add(statisticsTimeout)) // A regular file has no deadline, and needs none.
	}
	return b.Flush()
}

// close closes the file. It does nothing without --statsfile.
func (s *statistics) close() error {
	if s == nil {
		return nil
	}
	return s.out.Close()
}
