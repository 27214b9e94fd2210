package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/rserpool-go/rserpool/registrar"
)

// maxScrapes is the number of requests for metrics that are served at a time.
const maxScrapes = 4

// metricsFlags are the options for the HTTP server.
type metricsFlags struct {
	Address string `name:"metrics" placeholder:"ADDR:PORT" help:"Serve metrics for Prometheus at http://ADDR:PORT/metrics."`
	Pprof   bool   `help:"Serve Go profiles too, at http://ADDR:PORT/debug/pprof/ of --metrics. A request for a profile can slow the program down."`
}

// Validate checks the address, which profiles need too. Kong calls it.
func (f *metricsFlags) Validate() error {
	if f.Address == "" {
		if f.Pprof {
			return errors.New("--pprof: needs --metrics")
		}
		return nil
	}
	_, port, err := net.SplitHostPort(f.Address)
	if err != nil {
		return fmt.Errorf("--metrics=%s: an address with a port is needed, such as 127.0.0.1:9090 or :9090", f.Address)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("--metrics=%s: %q is not a port (0 to 65535)", f.Address, port)
	}
	return nil
}

// listen listens for requests. It returns nil without --metrics.
func (f *metricsFlags) listen(ctx context.Context) (net.Listener, error) {
	if f.Address == "" {
		return nil, nil
	}
	return new(net.ListenConfig).Listen(ctx, "tcp", f.Address)
}

// serve serves a server's metrics until the context ends, and then closes the listener. The caller
// waits for that with wait.
func (f *metricsFlags) serve(ctx context.Context, log *slog.Logger, listener net.Listener, server *registrar.Server) (wait func()) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		newCollector(server),
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
		ReadTimeout:       time.Minute,
		WriteTimeout:      time.Minute, // A profile lasts half of that by default.
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	stop := context.AfterFunc(ctx, func() { _ = web.Close() })
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer stop()
		if err := web.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics server ended", "error", err)
		}
	}()
	log.Info("metrics served", "url", "http://"+listener.Addr().String()+"/metrics")
	return func() { <-done }
}
