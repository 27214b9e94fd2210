package handlespace

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/rserpool-go/rserpool/wire"
)

// The vectors were observed on RSPLIB. Where RFC 5356 counts degradations differently,
// the vectors also have the result of RFC 5356, which the handlespace must have.
type vectorFile struct {
	Scenarios []scenario `json:"scenarios"`
}

type scenario struct {
	Name       string     `json:"name"`
	PolicyType string     `json:"policy_type"`
	RFC        [][]uint32 `json:"definition_ids"`
	RFCUsed    [][]uint32 `json:"definition_ids_first_only"`
	Events     []event    `json:"events"`
}

type event struct {
	Op               string             `json:"op"`
	ID               uint32             `json:"id"`
	Weight           uint32             `json:"weight"`
	Load             uint32             `json:"load"`
	LoadDegradation  uint32             `json:"loaddeg"`
	LoadDPF          uint32             `json:"loaddpf"`
	WeightDPF        uint32             `json:"weightdpf"`
	Distance         uint32             `json:"distance"`
	H                int                `json:"h"`
	MaxIncrement     int                `json:"max_increment"`
	IDs              []uint32           `json:"ids"`
	OrderAfter       []uint32           `json:"order_after"`
	Draws            int                `json:"draws"`
	Values           map[string]uint32  `json:"values"`
	ExpectedFirst    map[string]float64 `json:"expected_first"`
	ExpectedIncluded map[string]float64 `json:"expected_included"`
	ShortResults     int                `json:"short_results"`
}

func loadVectors(t *testing.T) []scenario {
	t.Helper()
	b, err := os.ReadFile("testdata/policy-vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var f vectorFile
	if err := json.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	return f.Scenarios
}

func (e *event) policy(typ wire.PolicyType) wire.Policy {
	p := wire.Policy{
		Type: typ, Weight: e.Weight, Load: e.Load, LoadDegradation: e.LoadDegradation,
		LoadDPF: e.LoadDPF, WeightDPF: e.WeightDPF, Distance: e.Distance,
	}
	if typ == wire.Priority {
		p.Priority, p.Weight = p.Weight, 0
	}
	return p
}

func TestPolicyVectors(t *testing.T) {
	t.Parallel()
	seen := map[wire.PolicyType]bool{}
	for _, s := range loadVectors(t) {
		n, err := strconv.ParseUint(s.PolicyType, 0, 32)
		if err != nil {
			t.Fatal(err)
		}
		typ := wire.PolicyType(n)
		seen[typ] = true
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			s.run(t, typ)
		})
	}
	for _, p := range policies {
		if !seen[p.typ] {
			t.Errorf("no vector for %v", p.typ)
		}
	}
}

func (s *scenario) run(t *testing.T, typ wire.PolicyType) {
	h := New(Config{Rand: rand.New(rand.NewPCG(1, 2))})
	rfc := s.RFC
	if rfc == nil {
		rfc = s.RFCUsed
	}
	selections := 0
	for i, ev := range s.Events {
		at := fmt.Sprintf("event %d, %s", i, ev.Op)
		switch ev.Op {
		case "reg":
			pe := testElement(wire.PEID(ev.ID))
			pe.Policy = ev.policy(typ)
			mustRegister(t, h, "pool", pe)
		case "dereg":
			if !deregister(h, "pool", wire.PEID(ev.ID)) {
				t.Fatalf("%s: not found", at)
			}
		case "sel":
			h.increment = max(1, ev.MaxIncrement)
			got, err := h.Resolve("pool", ev.H, nil)
			if err != nil {
				t.Fatalf("%s: %v", at, err)
			}
			want := ev.IDs
			if rfc != nil {
				want = rfc[selections]
			}
			selections++
			if typ != wire.WeightedRoundRobin && !slices.Equal(ids(got), want) {
				t.Fatalf("%s: got %v, want %v", at, ids(got), want)
			}
		case "draw":
			ev.checkDraws(t, h, at)
			continue
		default:
			t.Fatalf("%s: unknown", at)
		}
		if p := h.Pool("pool"); rfc == nil && typ != wire.WeightedRoundRobin && ev.OrderAfter != nil && orderMatters(p) {
			if got := ids(p.order.pick(p.members.live, 0, nil)); !slices.Equal(got, ev.OrderAfter) {
				t.Fatalf("%s: order is %v, want %v", at, got, ev.OrderAfter)
			}
		}
	}
}

func orderMatters(p *Pool) bool {
	_, random := p.order.(*draw)
	return !random
}

// checkDraws compares frequencies with the bounds that the vectors state.
func (e *event) checkDraws(t *testing.T, h *Handlespace, at string) {
	t.Helper()
	first, included, short := map[string]int{}, map[string]int{}, 0
	var list []*Element
	for range e.Draws {
		list, _ = h.Resolve("pool", e.H, list[:0])
		if len(list) < e.H {
			short++
		}
		for i, pe := range list {
			id := strconv.Itoa(int(pe.ID()))
			if i == 0 {
				first[id]++
			}
			included[id]++
			if slices.Contains(list[:i], pe) {
				t.Fatalf("%s: %v twice in one answer", at, pe.ID())
			}
		}
	}
	for id, want := range e.Values {
		n, _ := strconv.Atoi(id)
		if got := h.Find("pool", wire.PEID(n)).base; got != want {
			t.Errorf("%s: value of %s is %d, want %d", at, id, got, want)
		}
		within(t, at+", first "+id, first[id], e.Draws, e.ExpectedFirst[id])
		within(t, at+", included "+id, included[id], e.Draws, e.ExpectedIncluded[id])
	}
	if short != e.ShortResults {
		t.Errorf("%s: %d short answers, want %d", at, short, e.ShortResults)
	}
}

func within(t *testing.T, what string, got, n int, p float64) {
	t.Helper()
	want := float64(n) * p
	if math.Abs(float64(got)-want) > 4*math.Sqrt(want*(1-min(p, 1)))+1 {
		t.Errorf("%s: %d of %d, want %.0f", what, got, n, want)
	}
}
