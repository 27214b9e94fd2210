package main

import (
	"github.com/rserpool-go/rserpool/apps/internal/service"
	"github.com/rserpool-go/rserpool/internal/cli"
)

type charGen struct {
	Switch  serviceSwitch  `name:"chargen" help:"Send characters without end."`
	Options charGenOptions `embed:"" group:"Options of -chargen:"`
	undescribed
}

type charGenOptions struct {
	MaxThreads int `name:"chargenmaxthreads" default:"4" placeholder:"N" help:"Maximum of sessions (1 to 10000). Default: ${default}."`
}

// Validate checks the range.
func (o *charGenOptions) Validate() error { return checkSessions("chargenmaxthreads", o.MaxThreads) }

func (*charGen) name() string { return "chargen" }

func (k *charGen) open() (*service.Service, error) {
	return service.CharGen(k.Options.MaxThreads), nil
}

// checkSessions checks the range of an option with a maximum of sessions.
func checkSessions(option string, n int) error {
	return cli.CheckRanges(cli.Range{Option: option, Value: int64(n), Min: 1, Max: 10000})
}
