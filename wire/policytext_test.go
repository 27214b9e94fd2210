package wire

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestParsePolicyText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Policy{
		"RoundRobin":                       {Type: RoundRobin},
		"WeightedRoundRobin:7":             {Type: WeightedRoundRobin, Weight: 7},
		"WeightedRoundRobin:0":             {Type: WeightedRoundRobin},
		"Random":                           {Type: Random},
		"WeightedRandom:4294967295":        {Type: WeightedRandom, Weight: math.MaxUint32},
		"Priority:12":                      {Type: Priority, Priority: 12},
		"LeastUsed":                        {Type: LeastUsed},
		"LeastUsedDegradation:0.25":        {Type: LeastUsedDegradation, LoadDegradation: 0x40000000},
		"LeastUsedDegradation:25%":         {Type: LeastUsedDegradation, LoadDegradation: 0x40000000},
		"LeastUsedDegradation:1":           {Type: LeastUsedDegradation, LoadDegradation: FullLoad},
		"PriorityLeastUsed:100%":           {Type: PriorityLeastUsed, LoadDegradation: FullLoad},
		"PriorityLeastUsed:0.5%":           {Type: PriorityLeastUsed, LoadDegradation: 21474836},
		"RandomizedLeastUsed":              {Type: RandomizedLeastUsed},
		"RandomizedPriorityLeastUsed":      {Type: RandomizedPriorityLeastUsed},
		"RandomizedPriorityLeastUsed:0":    {Type: RandomizedPriorityLeastUsed},
		"RandomizedLeastUsedDegradation:1": {Type: RandomizedLeastUsedDegradation, LoadDegradation: FullLoad},
		"PriorityLeastUsedDegradation:0":   {Type: PriorityLeastUsedDegradation},
		"WeightedRandomDPF:100:0.001":      {Type: WeightedRandomDPF, Weight: 100, WeightDPF: 4294967},
		"LeastUsedDPF:0.001":               {Type: LeastUsedDPF, LoadDPF: 4294967},
		"LeastUsedDegradationDPF:1:0":      {Type: LeastUsedDegradationDPF, LoadDegradation: FullLoad},
		"PriorityLeastUsedDPF:0:100%":      {Type: PriorityLeastUsedDPF, LoadDPF: FullLoad},
		"PriorityLeastUsedDegradationDPF:1:1": {
			Type: PriorityLeastUsedDegradationDPF, LoadDegradation: FullLoad, LoadDPF: FullLoad,
		},
	} {
		got, err := ParsePolicyText(text)
		if err != nil || got != want {
			t.Errorf("%s: got %+v, %v; want %+v", text, got, err, want)
		}
	}
}

func TestParsePolicyTextErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                "wire: policy <>: unknown, expected one of RoundRobin, Weighted",
		"PolicyType(0x00000009)":          "unknown, expected one of",
		"leastUsed":                       "wire: policy <leastUsed>: unknown, did you mean LeastUsed?",
		"RoundRobin:":                     "wire: policy <RoundRobin:>: too many values, expected RoundRobin",
		"RoundRobin:1":                    "too many values, expected RoundRobin",
		"WeightedRoundRobin":              "weight is missing, expected WeightedRoundRobin:weight",
		"WeightedRoundRobin:1:2":          "too many values, expected WeightedRoundRobin:weight",
		"WeightedRoundRobin:":             `weight "" is not a number from 0 to 4294967295`,
		"WeightedRoundRobin:-1":           `weight "-1" is not a number`,
		"WeightedRoundRobin:1.5":          `weight "1.5" is not a number`,
		"WeightedRoundRobin:25%":          `weight "25%" is not a number`,
		"WeightedRoundRobin: 7":           `weight " 7" is not a number`,
		"Priority:4294967296":             `priority "4294967296" is not a number`,
		"LeastUsed:0.5":                   "too many values, expected LeastUsed",
		"LeastUsedDegradation":            "load degradation is missing, expected LeastUsedDegradation:load-degradation",
		"LeastUsedDegradation:1.01":       `load degradation "1.01" is not from 0 to 1, nor from 0% to 100%`,
		"LeastUsedDegradation:-0.1":       "is not from 0 to 1",
		"LeastUsedDegradation:NaN":        "is not from 0 to 1",
		"LeastUsedDegradation:%":          "is not from 0 to 1",
		"LeastUsedDegradation:101%":       "is not from 0 to 1",
		"LeastUsedDegradation:x":          "is not from 0 to 1",
		"WeightedRandomDPF:5":             "weight DPF is missing, expected WeightedRandomDPF:weight:weight-DPF",
		"WeightedRandomDPF:5:2":           `weight DPF "2" is not from 0 to 1`,
		"RandomizedPriorityLeastUsed:0:0": "expected RandomizedPriorityLeastUsed[:load-degradation]",
	} {
		p, err := ParsePolicyText(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want %s", text, err, want)
		}
		if p != (Policy{}) {
			t.Errorf("%s: got %+v with an error", text, p)
		}
	}
}

// What a policy prints parses to the same constants.
func TestPolicyTextRoundTrip(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(3, 4))
	for _, typ := range PolicyTypes() {
		for i := range 500 {
			var p Policy
			p.Type = typ
			for _, f := range textFields {
				if typ.Fields()&f.flag != 0 {
					*p.field(f.flag) = rnd.Uint32() >> (i % 32)
				}
			}
			s := p.String()
			if got, err := ParsePolicyText(s); err != nil || got != p {
				t.Fatalf("%s: got %+v, %v; want %+v", s, got, err, p)
			}
			p.Load, p.Distance = rnd.Uint32(), rnd.Uint32()
			if p.String() != s {
				t.Fatalf("%s: load or distance is printed: %s", s, p)
			}
		}
	}
}

func TestPolicyString(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]Policy{
		"WeightedRoundRobin:7":        {Type: WeightedRoundRobin, Weight: 7},
		"LeastUsedDegradation:0.25":   {Type: LeastUsedDegradation, LoadDegradation: 0x40000000},
		"PriorityLeastUsed:1":         {Type: PriorityLeastUsed, LoadDegradation: FullLoad},
		"WeightedRandomDPF:100:0.001": {Type: WeightedRandomDPF, Weight: 100, WeightDPF: 4294967},
		"LeastUsedDPF:0":              {Type: LeastUsedDPF},
		"RandomizedPriorityLeastUsed": {Type: RandomizedPriorityLeastUsed},
		"PolicyType(0x00000009)":      {Type: 9, Extra: "abc"},
	} {
		if got := p.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// FuzzPolicyText asserts that the text of a policy means the same policy, and that a policy has no
// values that its type lacks.
func FuzzPolicyText(f *testing.F) {
	for _, t := range PolicyTypes() {
		f.Add(t.String())
		f.Add(t.String() + ":7")
		f.Add(t.String() + ":0.5:12.5%")
		f.Add(t.String() + ":4294967295:0.001:1e-9")
	}
	f.Add("roundrobin")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePolicyText(text)
		if err != nil {
			if p != (Policy{}) || !strings.HasPrefix(err.Error(), "wire: policy <") {
				t.Fatalf("%q: %+v, %v", text, p, err)
			}
			return
		}
		again, err := ParsePolicyText(p.String())
		if err != nil || again != p {
			t.Fatalf("%q is %+v, whose text %q is %+v, %v", text, p, p, again, err)
		}
		for _, field := range textFields {
			if p.Type.Fields()&field.flag == 0 && *p.field(field.flag) != 0 {
				t.Fatalf("%q has a %s: %+v", text, field.word, p)
			}
		}
	})
}
