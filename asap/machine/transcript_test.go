package machine

import (
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"
)

// settings are those of a scenario.
type settings struct {
	t      *testing.T
	values map[string]string
}

func (s settings) duration(name string) time.Duration {
	v, ok := s.values[name]
	if !ok {
		return 0
	}
	d, err := time.ParseDuration(v)
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

func (s settings) number(name string) int {
	v, ok := s.values[name]
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func seeded() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func TestClientScenarios(t *testing.T) {
	t.Parallel()
	runScenarios(t, "client", func(s *scenario, values map[string]string) {
		set := settings{s.t, values}
		config := ClientConfig{
			AnnounceTimeout: set.duration("AnnounceTimeout"),
			HuntInterval:    set.duration("HuntInterval"),
			HuntIntervalMax: set.duration("HuntIntervalMax"),
			HuntRounds:      set.number("HuntRounds"),
			ResponseTimeout: set.duration("ResponseTimeout"),
			RequestTrials:   set.number("RequestTrials"),
		}
		for registrar := range strings.SplitSeq(values["Registrars"], "/") {
			var addrs []netip.AddrPort
			for a := range strings.SplitSeq(registrar, ",") {
				if a != "" {
					addrs = append(addrs, netip.MustParseAddrPort(a))
				}
			}
			if len(addrs) > 0 {
				config.Registrars = append(config.Registrars, addrs)
			}
		}
		c := NewClient(config, seeded())
		s.step, s.deadline = c.Step, c.Deadline
	})
}

func TestSessionScenarios(t *testing.T) {
	t.Parallel()
	runScenarios(t, "session", func(s *scenario, values map[string]string) {
		set := settings{s.t, values}
		m := NewSession(SessionConfig{
			RetryInterval:    set.duration("RetryInterval"),
			RetryIntervalMax: set.duration("RetryIntervalMax"),
			Manual:           values["Manual"] == "true",
		}, seeded())
		s.step, s.deadline = m.Step, m.Deadline
	})
}
