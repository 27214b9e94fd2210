package integration

import (
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/registrar/registrartest"
	"github.com/rserpool-go/rserpool/tools/replay"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
	"github.com/rserpool-go/rserpool/wire"
)

// capture opens a capture that ships with tools.
func capture(name string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		return os.Open(filepath.Join("..", "..", "tools", "testdata", name+".pcap"))
	}
}

// TestReplayOverUDP plays captures at a registrar over real sockets.
func TestReplayOverUDP(t *testing.T) {
	for _, name := range []string{"echo", "policies", "failover"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := registrartest.Loopback()
			config.Logger = slog.New(slog.DiscardHandler)
			server, _ := registrartest.Start(t, config)
			asap, enrp := server.LocalAddrs(), server.ENRPAddrs()
			result, err := replay.Run(t.Context(), replay.Config{
				Network:    udpsctp.NewNetwork(udpsctp.Config{}),
				Registrars: []replay.Registrar{{ASAP: asap, ENRP: enrp}},
				Input:      capture(name),
				Rounds:     2,
				Difference: func(d replay.Difference) { t.Errorf("%+v", d) },
			})
			if err != nil || result.Answers == 0 || result.Registrars[0].Skipped > 0 {
				t.Errorf("%+v, %v", result, err)
			}
		})
	}
}

// slowKeepAlive, takeoverTimers and reports are the options that the registrars of some captures
// had.
func slowKeepAlive(c *registrar.Config) {
	c.Elements.KeepAliveInterval, c.Elements.KeepAliveTimeout, c.Elements.MaxBadReports = 3*time.Second, 2*time.Second, 2
}

func takeoverTimers(c *registrar.Config) {
	c.Peers.HeartbeatCycle, c.Peers.MaxTimeLastHeard, c.Peers.MaxTimeNoResponse = time.Second, 4*time.Second, 2*time.Second
	c.Peers.TakeoverExpiry, c.Elements.KeepAliveInterval = 3*time.Second, 3*time.Second
}

func reports(c *registrar.Config) { c.Elements.MaxBadReports = 2 }

// Differences between our registrar and RSPLIB's, each with a row of docs/replay.md.
const (
	lists    = "ENRP_LIST_REQUEST: registrars"       // the asking registrar is left out
	took     = "ENRP_TAKEOVER_SERVER"                // told to the peers
	takeover = "ENRP_INIT_TAKEOVER"                  // the first registrar to notice asks
	reported = "ASAP_HANDLE_RESOLUTION CalcAppPool:" // a single user's reports remove nothing
	removed  = "end: association"
	newHome  = "ENRP_HANDLE_TABLE_REQUEST: home of " // a takeover without a third registrar
	asked    = "ASAP_ENDPOINT_KEEP_ALIVE"
)

// TestReplayCaptures plays each capture that ships at its own speed, in virtual time, for each
// registrar in it. All differences are known.
func TestReplayCaptures(t *testing.T) {
	for _, test := range []struct {
		capture string
		as      wire.ServerID
		config  func(*registrar.Config)
		known   []string
	}{
		{capture: "echo"},
		{capture: "policies"},
		{capture: "failover"},
		{capture: "fractal"},
		{capture: "calcapp"},
		{capture: "scripting"},
		{capture: "csp"},
		{capture: "enrp-sync", known: []string{lists}},
		{capture: "enrp-sync", as: 0x9d55f76b, known: []string{lists}},
		{capture: "enrp-sync", as: 0xdcfd72df, known: []string{lists}},
		{capture: "takeover", config: takeoverTimers, known: []string{lists}},
		{capture: "takeover", as: 0x87949b79, config: takeoverTimers, known: []string{lists, takeover}},
		{capture: "takeover", as: 0x63613833, config: takeoverTimers, known: []string{lists, took}},
		{capture: "takeover-expired", config: takeoverTimers, known: []string{lists}},
		{capture: "takeover-expired", as: 0xc41ff68f, config: takeoverTimers, known: []string{lists, newHome, asked}},
		{capture: "endpoint-report", config: reports, known: []string{reported, removed}},
		{capture: "endpoint-unreachable", config: slowKeepAlive},
	} {
		name := test.capture
		if test.as != 0 {
			name += "-" + test.as.String()
		}
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, b *bed) {
				config := registrar.Config{Random: rand.New(rand.NewPCG(1, 2)), Logger: slog.New(slog.DiscardHandler)}
				if test.config != nil {
					test.config(&config)
				}
				server, stop := b.registrar(b.pr, config)
				asap, enrp := server.LocalAddrs(), server.ENRPAddrs()
				client := b.net.Host()
				time.Sleep(2 * time.Second) // A registrar that starts refuses handle tables.
				var differences []string
				start := time.Now()
				result, err := replay.Run(t.Context(), replay.Config{
					Network:    client,
					Registrars: []replay.Registrar{{ASAP: asap, ENRP: enrp}},
					Input:      capture(test.capture),
					As:         test.as,
					Local:      []netip.Addr{registrartest.Addr(client).Addr()},
					Speed:      1,
					Difference: func(d replay.Difference) {
						differences = append(differences, fmt.Sprintf("%s: %s: capture %s, live %s", d.Request, d.Field, d.A, d.B))
					},
				})
				if err != nil || result.Answers == 0 {
					t.Errorf("%+v, %v", result, err)
				}
				t.Logf("%v: %d answers, %d differences\n%s", time.Since(start), result.Answers, len(differences), strings.Join(differences, "\n"))
				for _, d := range differences {
					if !slices.ContainsFunc(test.known, func(k string) bool { return strings.HasPrefix(d, k) }) {
						t.Error(d)
					}
				}
				for _, k := range test.known {
					if !slices.ContainsFunc(differences, func(d string) bool { return strings.HasPrefix(d, k) }) {
						t.Errorf("no difference: %s", k)
					}
				}
				stop()
			})
		})
	}
}
