package csp

import (
	"fmt"
	"math"
)

// Workload is the load of a component: 0 for none to [WorkloadFull] for 100 %, or
// [WorkloadUnknown].
type Workload uint16

// Special workloads.
const (
	WorkloadFull    Workload = 0xfffe
	WorkloadUnknown Workload = 0xffff
)

// NewWorkload returns the workload that is nearest to a fraction of 1. Fractions
// outside 0 to 1 are brought to the next bound; NaN is [WorkloadUnknown].
func NewWorkload(fraction float64) Workload {
	if math.IsNaN(fraction) {
		return WorkloadUnknown
	}
	return Workload(math.Round(min(max(fraction, 0), 1) * float64(WorkloadFull)))
}

// Fraction returns the workload as a fraction of 1, and whether it is known.
func (w Workload) Fraction() (fraction float64, known bool) {
	if w == WorkloadUnknown {
		return 0, false
	}
	return float64(w) / float64(WorkloadFull), true
}

// String returns the workload in percent.
func (w Workload) String() string {
	if f, known := w.Fraction(); known {
		return fmt.Sprintf("%.0f%%", 100*f)
	}
	return "unknown"
}
