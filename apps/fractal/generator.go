package fractal

import "math"

// A Generator calculates the points of a picture. Every machine gets the same values for
// [Mandelbrot]. For [MandelbrotN], they are those of the functions of package math.
type Generator struct {
	c1           complex128
	stepX, stepY float64
	iterations   uint32
	iterate      func(g *Generator, c complex128) uint32
	n            float64
}

// NewGenerator returns a generator for an order that [Parameter.Check] accepts. An unknown
// algorithm is a test pattern.
func NewGenerator(p *Parameter) *Generator {
	g := &Generator{
		c1:         p.C1,
		stepX:      (real(p.C2) - real(p.C1)) / float64(p.Width),
		stepY:      (imag(p.C2) - imag(p.C1)) / float64(p.Height),
		iterations: p.MaxIterations,
		n:          p.N,
	}
	switch p.Algorithm {
	case Mandelbrot:
		g.iterate = (*Generator).mandelbrot
	case MandelbrotN:
		g.iterate = (*Generator).mandelbrotN
	}
	return g
}

// NewTestPattern returns a generator of a pattern that costs no calculation.
func NewTestPattern() *Generator { return new(Generator) }

// bound is the squared magnitude at which an iteration ends.
const bound = 2.0

// Value returns the number of iterations before the point at x and y left the bounds, at most
// MaxIterations.
func (g *Generator) Value(x, y uint32) uint32 {
	if g.iterate == nil {
		return x * y % 256
	}
	// The conversions keep the compiler from fusing a multiplication and an addition, which rounds
	// differently.
	return g.iterate(g, complex(real(g.c1)+float64(float64(x)*g.stepX), imag(g.c1)+float64(float64(y)*g.stepY)))
}

func (g *Generator) mandelbrot(c complex128) uint32 {
	var re, im, re2, im2 float64 // z and its squared parts
	for k := range g.iterations {
		im = float64(2*re*im) - imag(c)
		re = re2 - im2 - real(c)
		re2, im2 = float64(re*re), float64(im*im)
		if re2+im2 >= bound {
			return k
		}
	}
	return g.iterations
}

func (g *Generator) mandelbrotN(c complex128) uint32 {
	var z complex128
	for k := range g.iterations {
		z = power(z, g.n) - c
		if float64(real(z)*real(z))+float64(imag(z)*imag(z)) >= bound {
			return k
		}
	}
	return g.iterations
}

// power returns z to the power of n. 0 to any power is 0.
func power(z complex128, n float64) complex128 {
	if z == 0 {
		return 0
	}
	r := math.Pow(math.Hypot(real(z), imag(z)), n)
	sin, cos := math.Sincos(n * math.Atan2(imag(z), real(z)))
	return complex(r*cos, r*sin)
}
