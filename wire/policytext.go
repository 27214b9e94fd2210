package wire

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A policy text is how users write a policy with its constants: the name, followed by
// the weight, priority, load degradation and distance penalty factor that the policy has,
// each after a colon. Load and distance are measured, and no part of the text.

// textFields are the fields in a policy text, in their order, with the words for them.
var textFields = [...]struct {
	flag     PolicyFields
	word     string
	fraction bool
}{
	{FieldWeight, "weight", false},
	{FieldPriority, "priority", false},
	{FieldLoadDegradation, "load degradation", true},
	{FieldWeightDPF, "weight DPF", true},
	{FieldLoadDPF, "load DPF", true},
}

// ParsePolicyText parses a policy as users write it: "RoundRobin",
// "WeightedRoundRobin:7", "LeastUsedDegradation:0.25", "LeastUsedDegradation:25%",
// "WeightedRandomDPF:100:0.001". Weights and priorities are from 0 to 4294967295,
// degradations and factors from 0 to 1 or from 0% to 100%. Capitals matter.
func ParsePolicyText(s string) (Policy, error) {
	name, rest, more := strings.Cut(s, ":")
	var p Policy
	for _, t := range policyTypes {
		if t.name == name {
			p.Type = t.typ
		}
	}
	if p.Type == 0 {
		return p, fmt.Errorf("wire: policy <%s>: unknown%s", s, suggestion(name))
	}
	var values []string
	if more {
		values = strings.Split(rest, ":")
	}
	used := 0
	for _, f := range textFields {
		switch {
		case p.Type.Fields()&f.flag == 0:
			continue
		case used < len(values):
			v, err := parsePolicyValue(values[used], f.fraction)
			if err != nil {
				return Policy{}, fmt.Errorf("wire: policy <%s>: %s %w", s, f.word, err)
			}
			*p.field(f.flag) = v
			used++
		case p.Type.row().optional&f.flag == 0:
			return Policy{}, fmt.Errorf("wire: policy <%s>: %s is missing, expected %s", s, f.word, policyUsage(p.Type))
		}
	}
	if used < len(values) {
		return Policy{}, fmt.Errorf("wire: policy <%s>: too many values, expected %s", s, policyUsage(p.Type))
	}
	return p, nil
}

// String returns the policy as users write it, such that [ParsePolicyText] gives the
// same constants. For a type that is not known it returns the type's number.
func (p Policy) String() string {
	b := []byte(p.Type.String())
	for _, f := range textFields {
		if p.Type.Fields()&f.flag == 0 {
			continue
		}
		v := *p.field(f.flag)
		if v == 0 && p.Type.row().optional&f.flag != 0 {
			continue
		}
		b = append(b, ':')
		if f.fraction {
			b = appendFraction(b, v)
		} else {
			b = strconv.AppendUint(b, uint64(v), 10)
		}
	}
	return string(b)
}

func parsePolicyValue(s string, fraction bool) (uint32, error) {
	if !fraction {
		v, err := strconv.ParseUint(s, 10, 32)
		if err != nil {
			return 0, fmt.Errorf("%q is not a number from 0 to %d", s, uint32(math.MaxUint32))
		}
		return uint32(v), nil
	}
	number, percent := strings.CutSuffix(s, "%")
	v, err := strconv.ParseFloat(number, 64)
	if percent {
		v /= 100
	}
	if err != nil || !(v >= 0 && v <= 1) { // NaN is not in the range either.
		return 0, fmt.Errorf("%q is not from 0 to 1, nor from 0%% to 100%%", s)
	}
	return uint32(math.Round(v * FullLoad)), nil
}

// appendFraction appends v as a fraction of full load with as few digits as
// distinguish it.
func appendFraction(b []byte, v uint32) []byte {
	f := float64(v) / FullLoad
	digits := 0
	for math.Round(rounded(f, digits)*FullLoad) != float64(v) {
		digits++
	}
	return strconv.AppendFloat(b, rounded(f, digits), 'f', -1, 64)
}

func rounded(f float64, digits int) float64 {
	scale := math.Pow10(digits)
	return math.Round(f*scale) / scale
}

// policyUsage returns the form of a policy's text.
func policyUsage(t PolicyType) string {
	b := t.String()
	for _, f := range textFields {
		switch word := strings.ReplaceAll(f.word, " ", "-"); {
		case t.Fields()&f.flag == 0:
		case t.row().optional&f.flag != 0:
			b += "[:" + word + "]"
		default:
			b += ":" + word
		}
	}
	return b
}

// suggestion returns a hint at a name that differs in capitals alone, or at all names.
func suggestion(name string) string {
	var names []string
	for _, t := range PolicyTypes() {
		if strings.EqualFold(t.String(), name) {
			return fmt.Sprintf(", did you mean %v?", t)
		}
		names = append(names, t.String())
	}
	return ", expected one of " + strings.Join(names, ", ")
}
