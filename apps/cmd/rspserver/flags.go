package main

import (
	"errors"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/rserpool-go/rserpool/apps/internal/service"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/wire"
)

// serviceFlags select the service, and hold the options of single services. The name of such an
// option begins with a prefix for the service, as in RSPLIB.
type serviceFlags struct {
	Echo     serviceSwitch `help:"Send each message back (default)."`
	Discard  serviceSwitch `help:"Discard all messages."`
	Daytime  serviceSwitch `help:"Send the time and end the session."`
	CharGen  serviceSwitch `name:"chargen" help:"Send characters without end."`
	PingPong serviceSwitch `name:"pingpong" help:"Answer pings by pongs, numbered without a gap over all servers of a session."`

	CharGenMaxThreads    int    `name:"chargenmaxthreads" default:"4" placeholder:"N" help:"Maximum of sessions with -chargen (1 to 10000). Default: ${default}."`
	PingPongMaxThreads   int    `name:"pppmaxthreads" default:"4" placeholder:"N" help:"Maximum of sessions with -pingpong (1 to 10000). Default: ${default}."`
	PingPongFailureAfter uint64 `name:"pppfailureafter" default:"0" placeholder:"N" help:"Failure test: abort each session with -pingpong after this many pongs; 0: never. Default: ${default}."`

	last  string   // the switch that counts
	given []string // the names of the options, in order
}

// servicePrefixes are the prefixes of the options of single services.
var servicePrefixes = map[string]string{"chargen": "chargen", "pingpong": "ppp"}

// foreign returns the given options of services that are not selected. RSPLIB ignores such
// options, so they are no error.
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

// AfterApply notes the given options. Kong calls it.
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

// newService returns a service of the kind that was selected last. Echo is the default.
func (f *serviceFlags) newService() *service.Service {
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

// policy is a policy on a command line.
type policy struct{ wire.Policy }

// UnmarshalText takes the name of a policy and its values.
func (p *policy) UnmarshalText(text []byte) (err error) {
	if p.Policy, err = wire.ParsePolicyText(string(text)); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "wire: "))
	}
	return nil
}
