package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/rserpool-go/rserpool/registrar"
)

// recordFlags are the options for files that record the work of the registrar.
type recordFlags struct {
	Statistics statisticsFlags `embed:""`
	Scalars    scalarFlags     `embed:""`
	Actions    actionLogFlags  `embed:""`
}

// records are these files. Each may be missing. In a failure test they hold all runs.
type records struct {
	statistics *statistics
	scalars    *scalars
	actions    *actionLog
	history    history
}

// open creates the files. The file of scalars is written at the end.
func (f *recordFlags) open(log *slog.Logger) (*records, error) {
	r := new(records)
	var err error
	if r.statistics, err = f.Statistics.open(&r.history); err != nil {
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

// observer returns the observer of a run, and nil if nothing is recorded.
func (r *records) observer(elements registrar.ElementsConfig) func(registrar.Observation) {
	if r.actions == nil {
		return nil
	}
	return r.actions.observer(elements)
}

// watch records a run until the server's context ends.
func (r *records) watch(ctx context.Context, log *slog.Logger, server *registrar.Server) {
	if r.statistics != nil {
		r.statistics.watch(ctx, log, server)
	}
}

// addRun adds the statistics at the end of a run to the history.
func (r *records) addRun(final registrar.Stats) { r.history.add(&final) }

// close writes the rest, and closes the files.
func (r *records) close() error {
	r.actions.close()
	err := r.statistics.close()
	// The file of an earlier program is worth more than a file without a run.
	if r.history.over > 0 {
		err = errors.Join(err, r.scalars.write(&r.history))
	}
	return err
}
