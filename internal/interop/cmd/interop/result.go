package main

import (
	"cmp"
	"fmt"
	"os"
	"strings"
)

// A status is that of a result.
type status string

const (
	passed  status = "passed"
	failed  status = "failed"
	skipped status = "skipped"
)

// A result is what a scenario gave with one mix of roles.
type result struct {
	scenario string
	roles    []role
	status   status
	detail   string // Of a failure.
}

// A role is who played it.
type role struct{ name, side string }

func (r result) mix() string {
	var mix []string
	for _, role := range r.roles {
		mix = append(mix, role.name+" "+role.side)
	}
	return strings.Join(mix, ", ")
}

// String returns the result in a line, with the detail below.
func (r result) String() string {
	s := fmt.Sprintf("%-7s %s: %s", r.status, r.scenario, r.mix())
	if r.detail != "" {
		s += "\n" + r.detail
	}
	return s
}

func (r result) compare(other result) int {
	return cmp.Or(cmp.Compare(r.scenario, other.scenario), cmp.Compare(r.mix(), other.mix()))
}

// parseName splits a test's name, such as TestEcho/registrar=ours,user=reference.
func parseName(name string) (scenario string, roles []role, ok bool) {
	scenario, mix, ok := strings.Cut(name, "/")
	if !ok {
		return scenario, nil, false
	}
	for part := range strings.SplitSeq(mix, ",") {
		who, side, found := strings.Cut(part, "=")
		if !found {
			return scenario, nil, false
		}
		roles = append(roles, role{who, side})
	}
	return strings.TrimPrefix(scenario, "Test"), roles, true
}

// writeTable writes the results as a table for people.
func writeTable(file string, results []result) error {
	var b strings.Builder
	b.WriteString(`# Interoperation with the reference

Written by "make interop", which runs each scenario with our programs and those of the
reference implementation (RSPLIB, as Debian packages it) in every mix of roles, over the
SCTP of a Linux kernel. A mix passed if the programs did what the scenario asks for,
and tshark and rspdecode found nothing malformed in what was on the network. What a scenario
does is said above its test in [internal/interop](../internal/interop/).

| scenario | roles | result |
| --- | --- | --- |
`)
	for _, r := range results {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", r.scenario, r.mix(), r.status)
	}
	return os.WriteFile(file, []byte(b.String()), 0o644)
}
