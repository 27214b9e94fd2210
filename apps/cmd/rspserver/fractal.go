package main

import (
	"fmt"

	"github.com/rserpool-go/rserpool/apps/internal/service"
	"github.com/rserpool-go/rserpool/internal/cli"
)

type fractalGenerator struct {
	Switch  serviceSwitch  `name:"fractal" help:"Calculate pictures of fractals."`
	Options fractalOptions `embed:"" group:"Options of -fractal:"`
}

type fractalOptions struct {
	MaxThreads       int              `name:"fgpmaxthreads" default:"4" placeholder:"N" help:"Maximum of sessions (1 to 10000). Default: ${default}."`
	FailureAfter     uint64           `name:"fgpfailureafter" default:"0" placeholder:"N" help:"Failure test: end each session after this many messages with points; 0: never. Default: ${default}."`
	TransmitTimeout  cli.Milliseconds `name:"fgptransmittimeout" default:"2500" placeholder:"MS" help:"Time for a message to be taken by the user. Default: ${default}."`
	DataMaxTime      cli.Milliseconds `name:"fgpdatamaxtime" least:"100" default:"1000" placeholder:"MS" help:"Time after which points are sent that do not fill a message (at least 100). Default: ${default}."`
	CookieMaxTime    cli.Milliseconds `name:"fgpcookiemaxtime" least:"100" default:"1000" placeholder:"MS" help:"Time between two states for the user (at least 100). Default: ${default}."`
	CookieMaxPackets int              `name:"fgpcookiemaxpackets" least:"1" default:"10" placeholder:"N" help:"Messages with points between two states for the user (at least 1). Default: ${default}."`
	TestMode         bool             `name:"fgptestmode" help:"Send a pattern that costs no calculation."`
}

// Validate checks the ranges.
func (o *fractalOptions) Validate() error {
	if err := checkSessions("fgpmaxthreads", o.MaxThreads); err != nil {
		return err
	}
	times := []cli.Range{
		{Option: "fgptransmittimeout", Value: o.TransmitTimeout.Duration().Milliseconds(), Min: 1},
		{Option: "fgpdatamaxtime", Value: o.DataMaxTime.Duration().Milliseconds()},
		{Option: "fgpcookiemaxtime", Value: o.CookieMaxTime.Duration().Milliseconds()},
	}
	for i := range times {
		times[i].Max, times[i].Unit = maxInterval.Milliseconds(), "ms"
	}
	return cli.CheckRanges(times...)
}

func (*fractalGenerator) name() string { return "fractal" }

func (k *fractalGenerator) open() (*service.Service, error) {
	o := &k.Options
	return service.Fractal(service.FractalConfig{
		MaxSessions:      o.MaxThreads,
		FailureAfter:     o.FailureAfter,
		TransmitTimeout:  o.TransmitTimeout.Duration(),
		DataMaxTime:      o.DataMaxTime.Duration(),
		CookieMaxTime:    o.CookieMaxTime.Duration(),
		CookieMaxPackets: o.CookieMaxPackets,
		TestMode:         o.TestMode,
	}), nil
}

func (k *fractalGenerator) describe(entry func(name string, value any)) {
	o := &k.Options
	entry("transmit timeout", o.TransmitTimeout.Duration())
	entry("time between messages", fmt.Sprint("at most ", o.DataMaxTime.Duration()))
	entry("states", fmt.Sprintf("after %v or %d messages", o.CookieMaxTime.Duration(), o.CookieMaxPackets))
	if o.FailureAfter > 0 {
		entry("failure test", fmt.Sprintf("end after %d messages", o.FailureAfter))
	}
	if o.TestMode {
		entry("test mode", "pattern without calculation")
	}
}
