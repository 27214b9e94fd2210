package fractal

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"
)

// TestPower compares with the functions of package math.
func TestPower(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for _, n := range []float64{0, 1, 2, 3, 7, 99, 1234, 0.5, 2.5, 2.1, 1e-3, 1e-20, math.Pi, -1, -2.75, 17.999} {
		e := newExponent(n)
		for range 1000 {
			z := cmplx.Rect(0.2+1.2*random.Float64(), math.Pi*(2*random.Float64()-1))
			got, want := e.power(z), cmplx.Pow(z, complex(n, 0))
			if error := cmplx.Abs(got - want); error > 1e-13*(1+math.Abs(n))*cmplx.Abs(want)+1e-300 {
				t.Errorf("%v to %v: got %v, want %v", z, n, got, want)
			}
		}
	}
	inverse := math.Inf(-1)
	for _, test := range []struct {
		z, want complex128
		n       float64
	}{
		{0, 0, 0},
		{0, 0, -2},
		{-1, complex(0, 1), 0.5},
		{complex(-1, math.Copysign(0, -1)), complex(0, 1), 0.5},
		{-1, 1, 1e300},
		{0.5, 0, math.Inf(1)},
		{1.2, 0, inverse},
	} {
		e := newExponent(test.n)
		if got := e.power(test.z); cmplx.Abs(got-test.want) > 1e-15 {
			t.Errorf("%v to %v: got %v, want %v", test.z, test.n, got, test.want)
		}
	}
	for _, n := range []float64{3000, 1e300, inverse} {
		e := newExponent(n)
		z := complex(1, 0.9)
		if n < 0 {
			z = 0.5
		}
		if got := squaredMagnitude(e.power(z)); got < bound {
			t.Errorf("%v to %v: a squared magnitude of %v", z, n, got)
		}
	}
}
