package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/rserpool-go/rserpool/registrar"
)

// recordFlags are about the files in which it is recorded what the registrar does.
type recordFlags struct {
	Statistics statisticsFlags `embed:""`
	Scalars    scalarFlags     `embed:""`
	Actions    actionLogFlags  `embed:""`
}

// records are these files, of which any may be missing. In a failure test the lives of
// the registrar follow each other in them.
type records struct {
	statistics *statistics
	scalars    *scalars
	actions    *actionLog
	lives      lives
}

// open creates the files.
func (f *recordFlags) open(log *slog.Logger) (*records, error) {
	r := new(records)
	var err error
	if r.statistics, err = f.Statistics.open(&r.lives); err != nil {
		return nil, err
	}
	if r.scalars, err = f.Scalars.open(); err != nil {
		return nil, errors.Join(err, r.statistics.close())
	}
	if r.actions, err = f.Actions.open(log); err != nil {
		return nil, errors.Join(err, r.statistics.close())
	}
	return r, nil
}

// observer returns what is to be told of the messages of a life, or nil.
func (r *records) observer(elements registrar.ElementsConfig) func(registrar.Observation) {
	if r.actions == nil {
		return nil
	}
	return r.actions.observer(elements)
}

// watch records a life until the server's context ends.
func (r *records) watch(ctx context.Context, log *slog.Logger, server *registrar.Server) {
	if r.statistics != nil {
		r.statistics.watch(ctx, log, server)
	}
}

// lived takes what a life has been, when all else is done with it.
func (r *records) lived(final registrar.Stats) { r.lives.add(&final) }

// close writes what is left to write, and closes the files.
func (r *records) close() error {
	r.actions.close()
	err := r.statistics.close()
	if r.lives.over > 0 { // Else it has never been up, and what an earlier run has left is better.
		err = errors.Join(err, r.scalars.write(&r.lives))
	}
	return err
}

// lives is what came together in former lives of the registrar.
type lives struct {
	totals   totals
	over     time.Duration
	averages averages // over that time
}

// add adds a life.
func (l *lives) add(s *registrar.Stats) {
	l.totals.add(totalsOf(s))
	over := l.over + s.Averages.Over
	if over <= 0 {
		return
	}
	for i, a := range averagesOf(s) {
		l.averages[i] = (l.averages[i]*l.over.Seconds() + a*s.Averages.Over.Seconds()) / over.Seconds()
	}
	l.over = over
}

// totals are the numbers that only grow.
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

// averages are the numbers that grow and shrink.
type averages [4]float64

func averagesOf(s *registrar.Stats) averages {
	return averages{s.Averages.Pools, s.Averages.Elements, s.Averages.OwnedElements, s.Averages.Peers}
}

// notCompressed returns an error for a file by whose name the deployed program would
// compress it.
func notCompressed(option, file string) error {
	if strings.HasSuffix(file, ".bz2") {
		return fmt.Errorf("--%s=%s: the file is not compressed; take another name, and compress it afterwards", option, file)
	}
	return nil
}
