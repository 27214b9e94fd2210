package main

import (
	"errors"
	"fmt"

	"github.com/rserpool-go/rserpool/apps/internal/calc"
	"github.com/rserpool-go/rserpool/apps/internal/results"
	"github.com/rserpool-go/rserpool/apps/internal/service"
	"github.com/rserpool-go/rserpool/internal/cli"
)

type calcApp struct {
	Switch  serviceSwitch  `name:"calcapp" help:"Work on jobs, whose sizes are numbers of calculations. The jobs share a capacity, and nothing is computed: a model for measurements."`
	Options calcAppOptions `embed:"" group:"Options of -calcapp:"`

	files *results.Files // go on in the lives of a failure test
}

type calcAppOptions struct {
	MaxJobs            int              `name:"capmaxjobs" least:"1" most:"10000" default:"10" placeholder:"N" help:"Jobs at a time; further jobs are rejected (1 to 10000). Default: ${default}."`
	Capacity           float64          `name:"capcapacity" least:"1" default:"1000000" placeholder:"N" help:"Calculations in a second, which all jobs share equally (at least 1). Default: ${default}."`
	KeepAlive          cli.Milliseconds `name:"capkeepalivetransmissioninterval" least:"100" default:"2500" placeholder:"MS" help:"Time to the next keep-alive for a job (at least 100). Default: ${default}."`
	KeepAliveTimeout   cli.Milliseconds `name:"capkeepalivetimeoutinterval" least:"100" default:"2500" placeholder:"MS" help:"Time to answer a keep-alive, before the job is removed (at least 100). Default: ${default}."`
	CookieTime         cli.Seconds      `name:"capcookiemaxtime" least:"0.1" default:"5" placeholder:"S" help:"Time between two states of a job for its user, in seconds (at least 0.1). Default: ${default}."`
	CookieCalculations float64          `name:"capcookiemaxcalculations" least:"1" default:"5000000" placeholder:"N" help:"Calculations between two states of a job, if they are done earlier (at least 1). Default: ${default}."`
	CleanShutdown      float64          `name:"capcleanshutdownprobability" least:"0" most:"1" default:"1" placeholder:"P" help:"Probability that users get the states of their jobs at the end of the server (0 to 1). Default: ${default}."`
	Object             string           `name:"capobject" default:"scenario.calcapppoolelement[0]" placeholder:"NAME" help:"Name of the server in the files. Default: ${default}."`
	Vector             string           `name:"capvector" default:"calcapppoolelement.vec" placeholder:"FILE" help:"Write a table for R to this file, with a row for each complete job. Default: ${default}."`
	Scalar             string           `name:"capscalar" default:"calcapppoolelement.sca" placeholder:"FILE" help:"Write totals to this file at the end, in the format of OMNeT++. Default: ${default}."`
}

// mostCalculations bounds numbers of calculations. A float64 has all of them exactly.
const mostCalculations = 1 << 53

// Validate checks the numbers, and the name of the object. Numbers below a least value are raised
// later.
func (o *calcAppOptions) Validate() error {
	for option, n := range map[string]float64{"capcapacity": o.Capacity, "capcookiemaxcalculations": o.CookieCalculations} {
		if !(n <= mostCalculations) { // Nor NaN.
			return fmt.Errorf("--%s: %v is not from 1 to %d", option, n, int64(mostCalculations))
		}
	}
	if o.CleanShutdown != o.CleanShutdown {
		return errors.New("--capcleanshutdownprobability: NaN is not from 0 to 1")
	}
	return results.Check("capobject", o.Object)
}

func (*calcApp) name() string { return "calcapp" }

func (k *calcApp) open() (*service.Service, error) {
	o := &k.Options
	if k.files == nil {
		k.files = &results.Files{Vector: o.Vector, Scalar: o.Scalar, Object: o.Object}
	}
	return service.CalcApp(service.CalcAppConfig{
		Element: calc.ElementConfig{
			MaxJobs:            o.MaxJobs,
			Capacity:           o.Capacity,
			KeepAlive:          o.KeepAlive.Duration(),
			KeepAliveTimeout:   o.KeepAliveTimeout.Duration(),
			CookieTime:         o.CookieTime.Duration(),
			CookieCalculations: o.CookieCalculations,
		},
		CleanShutdown: o.CleanShutdown,
		Files:         k.files,
	})
}

func (k *calcApp) describe(entry func(name string, value any)) {
	o := &k.Options
	entry("maximum of jobs", o.MaxJobs)
	entry("capacity", fmt.Sprintf("%.0f calculations/s", o.Capacity))
	entry("keep-alive", fmt.Sprintf("after %v, answer within %v", o.KeepAlive.Duration(), o.KeepAliveTimeout.Duration()))
	entry("states of jobs", fmt.Sprintf("after %v or %.0f calculations", o.CookieTime.Duration(), o.CookieCalculations))
	entry("clean end", fmt.Sprintf("%.0f %%", 100*o.CleanShutdown))
	entry("name in the files", o.Object)
	entry("files", o.Vector+", "+o.Scalar)
}
