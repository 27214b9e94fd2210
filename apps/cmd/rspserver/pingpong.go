package main

import (
	"fmt"

	"github.com/rserpool-go/rserpool/apps/internal/service"
)

type pingPong struct {
	Switch  serviceSwitch   `name:"pingpong" help:"Answer pings by pongs, numbered without a gap over all servers of a session."`
	Options pingPongOptions `embed:"" group:"Options of -pingpong:"`
}

type pingPongOptions struct {
	MaxThreads   int    `name:"pppmaxthreads" default:"4" placeholder:"N" help:"Maximum of sessions (1 to 10000). Default: ${default}."`
	FailureAfter uint64 `name:"pppfailureafter" default:"0" placeholder:"N" help:"Failure test: abort each session after this many pongs; 0: never. Default: ${default}."`
}

// Validate checks the range.
func (o *pingPongOptions) Validate() error { return checkSessions("pppmaxthreads", o.MaxThreads) }

func (*pingPong) name() string { return "pingpong" }

func (k *pingPong) open() (*service.Service, error) {
	return service.PingPong(k.Options.MaxThreads, k.Options.FailureAfter), nil
}

func (k *pingPong) describe(entry func(name string, value any)) {
	if k.Options.FailureAfter > 0 {
		entry("failure test", fmt.Sprintf("abort after %d pongs", k.Options.FailureAfter))
	}
}
