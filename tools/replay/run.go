package replay

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/rserpool-go/rserpool/tools/internal/player"
	"github.com/rserpool-go/rserpool/tools/internal/script"
	"github.com/rserpool-go/rserpool/transport/step"
)

// Run replays. If the input is damaged, its readable part is played, and the result is returned
// with an *[InputError]. When the context ends, the replay ends early without an error.
func Run(ctx context.Context, config Config) (Result, error) {
	config, err := config.withDefaults()
	if err != nil {
		return Result{}, err
	}
	r := &run{config: &config, judge: judge{
		two: len(config.Registrars) > 1, report: config.Difference, pending: make(map[player.Topic]pendingOutcome),
	}}
	for range config.Registrars {
		r.result.Registrars = append(r.result.Registrars, newTally())
	}
	if config.Record != nil {
		if r.recorder, err = newRecorder(config.Record); err != nil {
			return Result{}, err
		}
	}
	start := time.Now()
	for err == nil && r.result.Rounds < config.Rounds && ctx.Err() == nil {
		r.result.Rounds++
		err = r.round(ctx)
	}
	r.result.Seconds = time.Since(start).Seconds()
	r.result.Answers, r.result.Differences = r.judge.answers, r.judge.count
	for i := range r.result.Registrars {
		r.result.Registrars[i].finish(r.result.Seconds)
	}
	if r.recorder != nil {
		err = errors.Join(err, r.recorder.err)
	}
	return r.result, err
}

// run is a replay under way.
type run struct {
	config   *Config
	result   Result
	judge    judge
	recorder *recorder // nil: nothing is recorded

	// Of the present round.
	stages []*stage
	events chan stageEvent
	source script.Source
	ended  bool  // there are no further cues
	damage error // that ended the source early
	shown  time.Time
}

// round plays the input once.
func (r *run) round(ctx context.Context) error {
	source, input, err := r.config.source()
	if err != nil {
		return err
	}
	defer input.Close() //nolint:errcheck // It was only read.
	r.source, r.ended, r.damage = source, false, nil
	r.judge.round = r.result.Rounds
	if err := r.enter(); err != nil {
		return err
	}
	r.play(ctx)
	for i, s := range r.stages {
		s.end()
		r.result.Registrars[i].add(s.player.Counts())
		if failed := s.player.Err(); failed != nil && err == nil {
			err = &UnreachableError{Registrar: s.registrar.ASAP[0], Err: failed}
		}
	}
	r.judge.finish()
	if r.recorder != nil {
		r.recorder.endRound()
	}
	switch {
	case err != nil:
		return err
	case r.damage == nil && r.result.Cues == 0 && ctx.Err() == nil:
		return &InputError{r.config.nothing()}
	}
	return r.damage
}

// enter makes a stage for each registrar.
func (r *run) enter() error {
	const eventQueue = 256
	r.stages, r.events = nil, make(chan stageEvent, eventQueue)
	for i, registrar := range r.config.Registrars {
		local, err := r.config.localFor(registrar)
		if err != nil {
			return err
		}
		r.stages = append(r.stages, &stage{
			player: player.New(player.Config{
				Speed: r.config.Speed, Patience: r.config.Patience, Offset: r.config.Offset,
				Overlap: r.config.Overlap, ASAPOnly: len(registrar.ENRP) == 0,
			}),
			network: r.config.Network, registrar: registrar, local: local,
			actors: make(map[player.ActorID]*actor), events: r.events,
			observe: func(a step.Action) { r.observe(i, a) },
		})
	}
	return nil
}

// play feeds cues and events to the players until all are done.
func (r *run) play(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	cancelled := ctx.Done()
	life := context.WithoutCancel(ctx)
	for r.isPlaying() {
		r.showProgress()
		if ready := r.areReady(); ready && len(r.events) == 0 {
			r.feed(life)
			continue
		}
		r.setTimer(timer)
		select {
		case ev := <-r.events:
			ev.stage.step(life, ev.event)
		case <-timer.C:
			for _, s := range r.stages {
				s.unblock()
				s.step(life, step.Tick{})
			}
		case <-cancelled:
			cancelled = nil
			for _, s := range r.stages {
				s.step(life, player.Stop{})
			}
		}
	}
}

// isPlaying reports whether a player has something to do. A registrar that cannot be reached at
// all ends the round.
func (r *run) isPlaying() bool {
	playing := false
	for _, s := range r.stages {
		if s.player.Err() != nil {
			return false
		}
		playing = playing || !s.player.Done()
	}
	return playing
}

// areReady reports whether all players take the next cue.
func (r *run) areReady() bool {
	for _, s := range r.stages {
		if !s.player.Ready() || len(s.blocked) > 0 {
			return false
		}
	}
	return !r.ended
}

// feed hands the next cue to all players.
func (r *run) feed(ctx context.Context) {
	var ev step.Event = player.End{}
	if cue, err := r.source.Next(); err == nil {
		r.result.Cues++
		ev = player.Perform{Cue: cue}
	} else {
		r.ended = true
		if !errors.Is(err, io.EOF) {
			r.damage = &InputError{err}
		}
	}
	for _, s := range r.stages {
		s.step(ctx, ev)
	}
}

// setTimer sets the timer to the earliest deadline of the players.
func (r *run) setTimer(timer *time.Timer) {
	var deadline time.Time
	for _, s := range r.stages {
		deadline = step.Earlier(deadline, s.player.Deadline())
		if len(s.blocked) > 0 {
			deadline = step.Earlier(deadline, time.Now().Add(retryInterval))
		}
	}
	if r.config.Progress != nil {
		deadline = step.Earlier(deadline, r.shown.Add(progressInterval))
	}
	if deadline.IsZero() {
		timer.Stop()
		return
	}
	timer.Reset(time.Until(deadline))
}

// observe takes an action that concerns nobody on the network.
func (r *run) observe(side int, a step.Action) {
	switch a := a.(type) {
	case player.Outcome:
		r.result.Registrars[side].answer(a.Latency)
		r.judge.take(side, a)
	case player.Played:
		if r.recorder != nil && side == 0 {
			r.recorder.write(a.Cue)
		}
	case player.Mapped:
		if r.config.Mapping != nil && side == 0 {
			r.config.Mapping(Mapping{Kind: a.Kind, Capture: a.Script, Live: a.Live})
		}
	}
}

// progressInterval is the time between two reports of the progress.
const progressInterval = 250 * time.Millisecond

// showProgress reports the progress from time to time.
func (r *run) showProgress() {
	if r.config.Progress == nil || time.Since(r.shown) < progressInterval {
		return
	}
	r.shown = time.Now()
	first := r.stages[0].player
	r.config.Progress(Progress{
		Round: r.result.Rounds, At: first.At(), Sent: first.Counts().Sent, Differences: r.judge.count,
	})
}
