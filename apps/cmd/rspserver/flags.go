package main

import (
	"errors"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/rserpool-go/rserpool/apps/internal/service"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/wire"
)

// serviceFlags select the service, and hold what belongs to one service alone. The
// name of such an option begins with that of the service, as in the deployed programs.
type serviceFlags struct {
	Echo     serviceSwitch `help:"Send each message back. This is the default."`
	Discard  serviceSwitch `help:"Take messages and do nothing with them."`
	Daytime  serviceSwitch `help:"Tell the time and end the session."`
	CharGen  serviceSwitch `name:"chargen" help:"Send characters without end."`
	PingPong serviceSwitch `name:"pingpong" help:"Answer pings by pongs that are numbered over all servers of a session."`

	CharGenMaxThreads    int    `name:"chargenmaxthreads" default:"4" placeholder:"N" help:"Sessions at a time with -chargen (1 to 10000). Default: ${default}."`
	PingPongMaxThreads   int    `name:"pppmaxthreads" default:"4" placeholder:"N" help:"Sessions at a time with -pingpong (1 to 10000). Default: ${default}."`
	PingPongFailureAfter uint64 `name:"pppfailureafter" default:"0" placeholder:"N" help:"Break off each session with -pingpong after so many pongs, for tests; 0: never. Default: ${default}."`

	last  string   // the switch that counts
	given []string // the options, in their order
}

// servicePrefixes are with what the names of options begin that belong to one service.
var servicePrefixes = map[string]string{"chargen": "chargen", "pingpong": "ppp"}

// foreign returns the options that were given for another service than the selected
// one. The deployed program ignores them, so that they are no error.
func (f *serviceFlags) foreign() (options []string) {
	for service, prefix := range servicePrefixes {
		if service == f.last {
			continue
		}
		for _, name := range f.given {
			if strings.HasPrefix(name, prefix) && name != service {
				options = append(options, name)
			}
		}
	}
	return options
}

// AfterApply notes which options were given. Kong calls it.
func (p *program) AfterApply(ctx *kong.Context) error {
	for _, trace := range ctx.Path {
		if trace.Flag != nil {
			p.Service.given = append(p.Service.given, trace.Flag.Name)
		}
	}
	return nil
}

// serviceSwitch is the switch of a service.
type serviceSwitch bool

// AfterApply notes the switch. Kong calls it for the options in their order.
func (s serviceSwitch) AfterApply(ctx *kong.Context, trace *kong.Path) error {
	if s {
		ctx.Model.Target.Addr().Interface().(*program).Service.last = trace.Flag.Name
	}
	return nil
}

// Validate checks the ranges.
func (f *serviceFlags) Validate() error {
	return cli.CheckRanges(
		cli.Range{Option: "chargenmaxthreads", Value: int64(f.CharGenMaxThreads), Min: 1, Max: 10000},
		cli.Range{Option: "pppmaxthreads", Value: int64(f.PingPongMaxThreads), Min: 1, Max: 10000},
	)
}

// selected returns the service that was selected last, or else Echo.
func (f *serviceFlags) selected() *service.Service {
	switch f.last {
	case "discard":
		return service.Discard()
	case "daytime":
		return service.Daytime()
	case "pingpong":
		return service.PingPong(f.PingPongMaxThreads, f.PingPongFailureAfter)
	case "chargen":
		return service.CharGen(f.CharGenMaxThreads)
	}
	return service.Echo()
}

// policy is a policy as users write it.
type policy struct{ wire.Policy }

// UnmarshalText takes a policy's name and its values.
func (p *policy) UnmarshalText(text []byte) (err error) {
	if p.Policy, err = wire.ParsePolicyText(string(text)); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "wire: "))
	}
	return nil
}
