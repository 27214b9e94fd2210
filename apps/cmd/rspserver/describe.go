package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// describe prints the configuration of the server.
func (p *program) describe(out io.Writer, elements []*element) {
	var titles []string
	for _, e := range elements {
		titles = append(titles, e.service.Title)
	}
	several := ""
	if len(elements) > 1 {
		several = "s"
	}
	fmt.Fprintf(out, "rspserver: %s service%s\n", strings.Join(titles, ", "), several)
	entry := func(name string, value any) { fmt.Fprintf(out, "  %-22s %v\n", name, value) }
	entry("process", os.Getpid())
	for _, e := range elements {
		if len(elements) > 1 {
			entry("service", e.service.Title)
		}
		entry("pool handle", e.pool)
		entry("policy", e.policy)
		if e.service.MaxSessions > 0 {
			entry("maximum of sessions", e.service.MaxSessions)
		}
		e.kind.describe(entry)
	}
	entry("registration interval", fmt.Sprintf("%.3f s", p.Interval.Duration().Seconds()))
	entry("local addresses", p.Local)
	if p.Runtime > 0 {
		entry("run time", fmt.Sprintf("%.3f s", p.Runtime.Duration().Seconds()))
	}
	if p.Cycle.On() {
		entry("failure test", fmt.Sprintf("up for %v, down for %v, on average", p.Cycle.Uptime.Duration(), p.Cycle.Downtime.Duration()))
	}
	if p.CookieKey != "" {
		entry("states of sessions", "sealed")
	}
	entry("registrar", p.ASAP.String())
	entry("memory", p.ASAP.Net.Memory())
}
