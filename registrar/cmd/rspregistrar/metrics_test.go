package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/rserpool-go/rserpool/registrar"
)

func TestMetrics(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		flags metricsFlags
		path  string
		code  int
		want  []string
	}{
		{"metrics", metricsFlags{}, "/metrics", http.StatusOK, []string{"rserpool_registrar_elements 0\n", "rserpool_registrar_registrations_total 0\n", "go_goroutines "}},
		{"no profiles", metricsFlags{}, "/debug/pprof/", http.StatusNotFound, nil},
		{"profiles", metricsFlags{Pprof: true}, "/debug/pprof/", http.StatusOK, []string{"goroutine", "mutex"}},
		{"one profile", metricsFlags{Pprof: true}, "/debug/pprof/goroutine?debug=1", http.StatusOK, []string{"goroutine profile: total "}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			live(t, ctx, func(server *registrar.Server) {
				defer cancel()
				var log strings.Builder
				tt.flags.Address = "127.0.0.1:0"
				listener, err := tt.flags.listen(ctx)
				if err != nil {
					t.Error(err)
					return
				}
				wait := tt.flags.serve(ctx, slog.New(slog.NewTextHandler(&log, nil)), listener, server)
				_, url, _ := strings.Cut(strings.TrimSpace(log.String()), "url=")
				url = strings.TrimSuffix(url, "/metrics")
				response, err := http.Get(url + tt.path)
				if err != nil {
					t.Error(err)
					return
				}
				body, err := io.ReadAll(response.Body)
				if err := errors.Join(err, response.Body.Close()); err != nil {
					t.Error(err)
				}
				if response.StatusCode != tt.code {
					t.Errorf("status %s, want %d", response.Status, tt.code)
				}
				for _, want := range tt.want {
					if !strings.Contains(string(body), want) {
						t.Errorf("%q is not in\n%s", want, body)
					}
				}
				again := metricsFlags{Address: strings.TrimPrefix(url, "http://")}
				if _, err := again.listen(ctx); err == nil {
					t.Error("one port is served twice")
				}
				cancel()
				wait()
			})
		})
	}
	http.DefaultClient.CloseIdleConnections()
}

// pipeListener hands out one connection.
type pipeListener struct {
	conns chan net.Conn
	end   chan struct{}
	once  sync.Once
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.end:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.end) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return new(net.TCPAddr) }

// TestMetricsTimeouts holds that nobody keeps a connection who does nothing with it. If one
// stays, this test has no end, which is noticed.
func TestMetricsTimeouts(t *testing.T) {
	t.Parallel()
	for name, request := range map[string]string{
		"header without end": "GET /x HTTP/1.1\r\n",
		"no body":            "GET /x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n",
		"no second request":  "GET /x HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				client, server := net.Pipe()
				listener := &pipeListener{conns: make(chan net.Conn, 1), end: make(chan struct{})}
				listener.conns <- server
				wait := new(metricsFlags).serve(ctx, slog.New(slog.DiscardHandler), listener, nil)
				if _, err := io.WriteString(client, request); err != nil {
					t.Error(err)
				}
				if _, err := io.Copy(io.Discard, client); err != nil {
					t.Error(err)
				}
				cancel()
				wait()
			})
		})
	}
}
