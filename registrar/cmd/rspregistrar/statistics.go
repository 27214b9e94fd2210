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

// statisticsFlags are about the file of statistics.
type statisticsFlags struct {
	File     string           `name:"statsfile" placeholder:"FILE" help:"Write statistics to a file, which is overwritten: a table for R. Needs --statsinterval."`
	Interval cli.Milliseconds `name:"statsinterval" placeholder:"MS" help:"Time between two lines of the file of statistics (10 to 3600000)."`
}

// Validate checks what goes together and what is in its range. Kong calls it.
func (f *statisticsFlags) Validate() error {
	if (f.File == "") != (f.Interval == 0) {
		return errors.New("--statsfile and --statsinterval need each other")
	}
	if err := notCompressed("statsfile", f.File); err != nil {
		return err
	}
	if f.File == "" {
		return nil
	}
	return cli.CheckRanges(milliseconds("statsinterval", &f.Interval, 10, 3600000))
}

// open creates the file. It returns nil if there is to be none.
func (f *statisticsFlags) open(before *lives) (*statistics, error) {
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

const statisticsHeader = "AbsTime RelTime Runtime UserTime SystemTime " +
	"Peers Pools PoolElements OwnedPoolElements " +
	"Registrations Reregistrations Deregistrations HandleResolutions FailureReports " +
	"Synchronizations HandleUpdates EndpointKeepAlives\n"

// statisticsPatience is how long a line may take, so that a pipe that nobody reads does not
// keep the program from its end.
const statisticsPatience = time.Second

// statistics is the file of statistics. In a failure test the lives of the registrar
// follow each other in it, and the totals go on.
type statistics struct {
	out      io.WriteCloser
	interval time.Duration
	start    time.Time // of the program
	first    time.Time // of the first line
	row      int
	before   *lives
	failed   bool // half a line may be the last one, so that nothing is written any more
}

// watch writes a line at once, and then one in each interval until the server's
// context ends. It never fails: what cannot be written is logged.
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
			log.Error("statistics not written any more", "error", err)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
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
	sum.add(s.before.totals)
	for _, n := range sum {
		fmt.Fprintf(b, " %d", n)
	}
	fmt.Fprintln(b)
	if file, ok := s.out.(*os.File); ok {
		_ = file.SetWriteDeadline(time.Now().Add(statisticsPatience)) // A regular file has none, and needs none.
	}
	return b.Flush()
}

// close closes the file, if there is one.
func (s *statistics) close() error {
	if s == nil {
		return nil
	}
	return s.out.Close()
}
