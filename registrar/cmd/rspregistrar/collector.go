package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rserpool-go/rserpool/registrar"
)

// statsSource is a server, or a stand-in for it in tests.
type statsSource interface {
	Stats(ctx context.Context) (registrar.Stats, error)
}

// collector reads the statistics of a server for Prometheus.
type collector struct {
	server  statsSource
	metrics []metric
}

// metric is a number among the statistics.
type metric struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(*registrar.Stats) float64
}

// collectTimeout is the time that the server has to answer.
const collectTimeout = 5 * time.Second

// newCollector returns a collector of the server's statistics. The names begin with
// rserpool_registrar_, and the names of counters end with _total.
func newCollector(server statsSource) prometheus.Collector {
	c := &collector{server: server}
	gauge := func(name, help string, value func(*registrar.Stats) int) {
		c.add(prometheus.GaugeValue, name, help, func(s *registrar.Stats) float64 { return float64(value(s)) })
	}
	counter := func(name, help string, value func(*registrar.Stats) uint64) {
		c.add(prometheus.CounterValue, name+"_total", help, func(s *registrar.Stats) float64 { return float64(value(s)) })
	}
	gauge("peers", "Known other registrars.", func(s *registrar.Stats) int { return s.Peers })
	gauge("pools", "Pools in the handlespace.", func(s *registrar.Stats) int { return s.Pools })
	gauge("elements", "Pool elements in the handlespace.", func(s *registrar.Stats) int { return s.Elements })
	gauge("owned_elements", "Pool elements whose home this registrar is.", func(s *registrar.Stats) int { return s.OwnedElements })
	gauge("octets", "Octets of the entries of all pool elements.", func(s *registrar.Stats) int { return s.Octets })
	gauge("max_elements", "Largest number of pool elements, by --max-elements.", func(s *registrar.Stats) int { return s.MaxElements })
	gauge("max_octets", "Largest number of octets, by --max-octets.", func(s *registrar.Stats) int { return s.MaxOctets })
	counter("registrations", "Registrations accepted, including re-registrations.", func(s *registrar.Stats) uint64 { return s.ASAP.Registrations })
	counter("reregistrations", "Re-registrations accepted.", func(s *registrar.Stats) uint64 { return s.ASAP.Reregistrations })
	counter("refused_registrations", "Registrations refused for lack of resources.", func(s *registrar.Stats) uint64 { return s.ASAP.RefusedRegistrations })
	counter("deregistrations", "Pool elements that deregistered.", func(s *registrar.Stats) uint64 { return s.ASAP.Deregistrations })
	counter("removals", "Pool elements removed for other reasons.", func(s *registrar.Stats) uint64 { return s.ASAP.Removals })
	counter("resolutions", "Handle resolutions answered.", func(s *registrar.Stats) uint64 { return s.ASAP.Resolutions })
	counter("refused_resolutions", "Handle resolutions refused because of --maxhrrate.", func(s *registrar.Stats) uint64 { return s.ASAP.RefusedResolutions })
	counter("failure_reports", "Reports of unreachable pool elements.", func(s *registrar.Stats) uint64 { return s.ASAP.FailureReports })
	counter("keep_alives", "Keep-alives sent to pool elements.", func(s *registrar.Stats) uint64 { return s.ASAP.KeepAlives })
	counter("table_requests", "Parts of the handle table requested by peers.", func(s *registrar.Stats) uint64 { return s.ENRP.TableRequests })
	counter("handle_updates", "Handle updates received from peers.", func(s *registrar.Stats) uint64 { return s.ENRP.Updates })
	counter("synchronizations", "Tables of peers taken in.", func(s *registrar.Stats) uint64 { return s.ENRP.Synchronizations })
	counter("takeovers", "Peers taken over.", func(s *registrar.Stats) uint64 { return s.ENRP.Takeovers })
	counter("elements_taken_over", "Pool elements taken over from peers.", func(s *registrar.Stats) uint64 { return s.ENRP.ElementsTakenOver })
	counter("duplicate_identifiers", "Presences of other registrars with the same identifier.", func(s *registrar.Stats) uint64 { return s.ENRP.Duplicates })
	return c
}

// add adds a metric.
func (c *collector) add(kind prometheus.ValueType, name, help string, value func(*registrar.Stats) float64) {
	name = prometheus.BuildFQName("rserpool", "registrar", name)
	c.metrics = append(c.metrics, metric{prometheus.NewDesc(name, help, nil, nil), kind, value})
}

// Describe sends the descriptions of all metrics.
func (c *collector) Describe(to chan<- *prometheus.Desc) {
	for _, m := range c.metrics {
		to <- m.desc
	}
}

// Collect sends the present values, which belong to the same moment. It sends nothing after the
// end of the server.
func (c *collector) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), collectTimeout)
	defer cancel()
	stats, err := c.server.Stats(ctx)
	if err != nil {
		return
	}
	for _, m := range c.metrics {
		to <- prometheus.MustNewConstMetric(m.desc, m.kind, m.value(&stats))
	}
}
