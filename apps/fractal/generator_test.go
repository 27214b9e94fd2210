package fractal_test

import (
	"math"
	"testing"

	"github.com/rserpool-go/rserpool/apps/fractal"
)

// full is the picture around the origin, with 8 x 6 points.
func full(algorithm fractal.Algorithm, n float64) *fractal.Parameter {
	return &fractal.Parameter{
		Width: 8, Height: 6, MaxIterations: 100, Algorithm: algorithm, C1: complex(-1.5, 1.5), C2: complex(1.5, -1.5), N: n,
	}
}

// TestValues compares with values of RSPLIB.
func TestValues(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		generator *fractal.Generator
		want      [6][8]uint32
	}{
		"Mandelbrot": {fractal.NewGenerator(full(fractal.Mandelbrot, 7)), [6][8]uint32{
			{},
			{0, 0, 1, 1, 1, 3, 2, 0},
			{0, 1, 1, 6, 100, 100, 5, 2},
			{0, 1, 2, 6, 100, 100, 100, 100},
			{0, 1, 1, 6, 100, 100, 5, 2},
			{0, 0, 1, 1, 1, 3, 2, 0},
		}},
		"MandelbrotN, 3": {fractal.NewGenerator(full(fractal.MandelbrotN, 3)), [6][8]uint32{
			{},
			{0, 0, 1, 2, 100, 2, 1, 0},
			{0, 1, 2, 100, 100, 100, 2, 1},
			{0, 1, 2, 100, 100, 100, 2, 1},
			{0, 1, 2, 100, 100, 100, 2, 1},
			{0, 0, 1, 2, 100, 2, 1, 0},
		}},
		"MandelbrotN, 99": {fractal.NewGenerator(full(fractal.MandelbrotN, 99)), [6][8]uint32{
			{},
			{0, 0, 1, 1, 100, 1, 1, 0},
			{0, 1, 100, 100, 100, 100, 100, 1},
			{0, 1, 100, 100, 100, 100, 100, 1},
			{0, 1, 100, 100, 100, 100, 100, 1},
			{0, 0, 1, 1, 100, 1, 1, 0},
		}},
		"unknown algorithm": {fractal.NewGenerator(full(77, 3)), [6][8]uint32{
			{},
			{0, 1, 2, 3, 4, 5, 6, 7},
			{0, 2, 4, 6, 8, 10, 12, 14},
			{0, 3, 6, 9, 12, 15, 18, 21},
			{0, 4, 8, 12, 16, 20, 24, 28},
			{0, 5, 10, 15, 20, 25, 30, 35},
		}},
	} {
		for y, row := range test.want {
			for x, want := range row {
				if got := test.generator.Value(uint32(x), uint32(y)); got != want {
					t.Errorf("%s: %d, %d: got %d, want %d", name, x, y, got, want)
				}
			}
		}
	}
	if got := fractal.NewTestPattern().Value(1000, 77); got != 77000%256 {
		t.Errorf("test pattern: got %d", got)
	}
}

// TestStrangeOrders asserts that values stay within the bounds, whatever the order.
func TestStrangeOrders(t *testing.T) {
	t.Parallel()
	nan, inf := math.NaN(), math.Inf(1)
	for _, p := range []fractal.Parameter{
		{},
		{Width: 1, Height: 1, MaxIterations: 5, Algorithm: fractal.Mandelbrot, C1: complex(nan, nan)},
		{Width: 1, Height: 1, MaxIterations: 5, Algorithm: fractal.Mandelbrot, C1: complex(inf, 0), C2: complex(-inf, nan)},
		{Width: 1, Height: 1, MaxIterations: 5, Algorithm: fractal.MandelbrotN, N: nan},
		{Width: 1, Height: 1, MaxIterations: 5, Algorithm: fractal.MandelbrotN, N: -inf, C1: 0.5},
		{Width: 1, Height: 1, MaxIterations: 5, Algorithm: fractal.MandelbrotN, N: -3},
	} {
		if v := fractal.NewGenerator(&p).Value(0, 0); v > p.MaxIterations {
			t.Errorf("%+v: value %d", p, v)
		}
	}
}
