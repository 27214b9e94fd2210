package main

import (
	"context"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rserpool-go/rserpool/registrar"
)

// fixedStats is a registrar with these statistics, or an error.
type fixedStats struct {
	stats registrar.Stats
	err   error
}

func (f fixedStats) Stats(context.Context) (registrar.Stats, error) { return f.stats, f.err }

// gather returns the metrics of a server by their names.
func gather(t *testing.T, server statsSource) map[string]float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(newCollector(server))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := make(map[string]float64)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if len(m.GetLabel()) > 0 {
				t.Errorf("%s has labels", f.GetName())
			}
			values[f.GetName()] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return values
}

// Each number of the statistics has a metric of its own.
func TestCollector(t *testing.T) {
	t.Parallel()
	got := gather(t, fixedStats{stats: registrar.Stats{
		Peers: 1, Pools: 2, Elements: 3, OwnedElements: 4, Octets: 19, MaxElements: 20, MaxOctets: 21,
		ASAP: registrar.ASAPCounts{
			RefusedRegistrations: 22, Registrations: 5, Reregistrations: 6, Deregistrations: 7, Removals: 8, Resolutions: 9,
			RefusedResolutions: 10, FailureReports: 11, KeepAlives: 12,
		},
		ENRP: registrar.ENRPCounts{
			TableRequests: 13, Updates: 14, Synchronizations: 15, Takeovers: 16, ElementsTakenOver: 17, Duplicates: 18,
		},
	}})
	for i, name := range []string{
		"peers", "pools", "elements", "owned_elements",
		"registrations_total", "reregistrations_total", "deregistrations_total", "removals_total", "resolutions_total",
		"refused_resolutions_total", "failure_reports_total", "keep_alives_total",
		"table_requests_total", "handle_updates_total", "synchronizations_total", "takeovers_total",
		"elements_taken_over_total", "duplicate_identifiers_total",
		"octets", "max_elements", "max_octets", "refused_registrations_total",
	} {
		if full := "rserpool_registrar_" + name; got[full] != float64(i+1) {
			t.Errorf("%s is %v, want %v", full, got[full], i+1)
		}
		delete(got, "rserpool_registrar_"+name)
	}
	for name := range got {
		t.Errorf("unexpected metric %s", name)
	}
}

func TestCollectorOfAServerThatDoesNotRun(t *testing.T) {
	t.Parallel()
	if got := gather(t, fixedStats{err: registrar.ErrNotRunning}); len(got) != 0 {
		t.Errorf("metrics: %v", got)
	}
}
