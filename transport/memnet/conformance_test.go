package memnet_test

import (
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/transport/transporttest"
)

// The contract holds in real time, with and without latency.
func TestConformance(t *testing.T) {
	for name, link := range map[string]memnet.Link{
		"direct": {},
		"jitter": {Latency: time.Millisecond, Jitter: time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			transporttest.Test(t, func(*testing.T) transporttest.Hosts {
				n := memnet.New(memnet.Config{Link: link})
				return transporttest.Hosts{A: n.Host(), B: n.Host(), Group: announces}
			})
		})
	}
}
