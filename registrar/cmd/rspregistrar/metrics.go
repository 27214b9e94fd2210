package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/rserpool-go/rserpool/registrar"
)

// maxScrapes bounds how many requests for metrics are served at a time.
const maxScrapes = 4

// metricsFlags are about what the program tells by HTTP.
type metricsFlags struct {
	Address string `name:"metrics" placeholder:"ADDR:PORT" help:"Serve metrics for Prometheus at http://ADDR:PORT/metrics."`
	Pprof   bool   `help:"With --metrics: serve Go's profiles as well, at http://ADDR:PORT/debug/pprof/. Who can ask for them can slow the program down."`
}

// Validate checks that there is an address for profiles. Kong calls it.
func (f *metricsFlags) Validate() error {
	if f.Pprof && f.Address == "" {
		return errors.New("--pprof: needs --metrics")
	}
	return nil
}

// serve serves a server's metrics until the context ends.
func (f *metricsFlags) serve(ctx context.Context, log *slog.Logger, server *registrar.Server) (wait func(), err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", f.Address)
	if err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		registrar.NewCollector(server),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: maxScrapes}))
	if f.Pprof {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	web := &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		WriteTimeout:      time.Minute, // A profile lasts half of that by default.
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	stop := context.AfterFunc(ctx, func() { _ = web.Close() })
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer stop()
		if err := web.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics are not served any more", "error", err)
		}
	}()
	log.Info("metrics served", "url", "http://"+listener.Addr().String()+"/metrics")
	return func() { <-done }, nil
}
