package enrp

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

func TestConfigDefaults(t *testing.T) {
	t.Parallel()
	c := Config{DistanceStep: -1}.withDefaults()
	if c.HeartbeatCycle != 2444*time.Millisecond || c.MentorDiscovery != time.Second || c.MaxTableElements != 128 ||
		c.DistanceStep != 50*time.Millisecond {
		t.Errorf("%+v", c)
	}
	for name, d := range map[string]time.Duration{
		"MaxTimeLastHeard":  c.MaxTimeLastHeard,
		"MaxTimeNoResponse": c.MaxTimeNoResponse,
		"TakeoverExpiry":    c.TakeoverExpiry,
		"TableTimeout":      c.TableTimeout,
	} {
		if d != 5*time.Second {
			t.Errorf("%s is %v", name, d)
		}
	}
	own := Config{TakeoverExpiry: time.Second, MaxTimeNoResponse: 3 * time.Second, MaxTableElements: 7}.withDefaults()
	if own.MaxTableElements != 7 || own.monitoringPause() != 5*time.Second {
		t.Errorf("%d elements, pause %v", own.MaxTableElements, own.monitoringPause())
	}
}

// A varied duration differs by up to an eighth in both directions.
func TestVary(t *testing.T) {
	t.Parallel()
	r := &registrar{random: rand.New(rand.NewPCG(1, 2))}
	const d = 8 * time.Second
	shortest, longest := d, d
	for range 10_000 {
		got := r.vary(d)
		shortest, longest = min(shortest, got), max(longest, got)
	}
	if shortest < 7*time.Second || shortest > 7010*time.Millisecond || longest > 9*time.Second || longest < 8990*time.Millisecond {
		t.Errorf("between %v and %v", shortest, longest)
	}
	if got := r.vary(time.Nanosecond); got != time.Nanosecond {
		t.Errorf("a nanosecond becomes %v", got)
	}
}

func TestIsOwnTransport(t *testing.T) {
	t.Parallel()
	r := &registrar{addrs: endpoint("10.0.0.1:9901", "10.0.1.1:9901")}
	for _, tc := range []struct {
		name  string
		addrs []string
		want  bool
	}{
		{name: "all addresses", addrs: []string{"10.0.0.1:9901", "10.0.1.1:9901"}, want: true},
		{name: "an address", addrs: []string{"10.0.1.1:9901"}, want: true},
		{name: "another port", addrs: []string{"10.0.0.1:9902"}},
		{name: "an address of another host", addrs: []string{"10.0.0.1:9901", "10.0.0.9:9901"}},
	} {
		if got := r.isOwnTransport(transportOf(endpoint(tc.addrs...), false)); got != tc.want {
			t.Errorf("%s: %v", tc.name, got)
		}
	}
	nowhere := &registrar{}
	if nowhere.port() != 0 || nowhere.isOwnTransport(wire.Transport{Port: 9901}) {
		t.Error("a registrar without addresses has a port")
	}
}
