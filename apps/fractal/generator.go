package fractal

import "math"

// A Generator calculates the points of a picture. Every machine gets the same values.
type Generator struct {
	c1           complex128
	stepX, stepY float64
	iterations   uint32
	iterate      func(g *Generator, z, c complex128, limit uint32) (complex128, uint32)
	n            exponent
	cost         int // the work of an iteration
}

// NewGenerator returns a generator for an order that [Parameter.Check] accepts. An unknown
// algorithm is a test pattern.
func NewGenerator(p *Parameter) *Generator {
	g := &Generator{
		c1:         p.C1,
		stepX:      (real(p.C2) - real(p.C1)) / float64(p.Width),
		stepY:      (imag(p.C2) - imag(p.C1)) / float64(p.Height),
		iterations: p.MaxIterations,
		cost:       1,
	}
	switch p.Algorithm {
	case Mandelbrot:
		g.iterate = (*Generator).mandelbrot
	case MandelbrotN:
		g.iterate = (*Generator).mandelbrotN
		g.n = newExponent(p.N)
		g.cost = g.n.cost()
		if math.IsNaN(p.N) {
			g.c1 = complex(p.N, p.N) // No point is within the bounds.
		}
	}
	return g
}

// NewTestPattern returns a generator of a pattern that costs no calculation.
func NewTestPattern() *Generator { return new(Generator) }

// Value returns the number of iterations before the point at x and y left the bounds, at most
// MaxIterations.
func (g *Generator) Value(x, y uint32) uint32 {
	p := g.Point(x, y)
	for {
		if _, done := p.Advance(math.MaxInt32); done {
			return p.Value()
		}
	}
}

// Point returns the point at x and y, before its first iteration.
func (g *Generator) Point(x, y uint32) Point {
	if g.iterate == nil {
		pattern := x * y % 256
		return Point{g: g, count: pattern, limit: pattern}
	}
	return Point{
		g: g, limit: g.iterations, markAt: block,
		// The conversions keep the compiler from fusing a multiplication and an addition, which rounds
		// differently.
		c: complex(real(g.c1)+float64(float64(x)*g.stepX), imag(g.c1)+float64(float64(y)*g.stepY)),
	}
}

// A Point is a point whose value is being calculated.
type Point struct {
	g      *Generator
	c, z   complex128
	count  uint32 // iterations so far
	limit  uint32
	mark   complex128 // a former z
	markAt uint32     // the iteration whose z is the next mark
}

// block is the number of iterations between two comparisons with the mark.
const block = 32

// Advance calculates until it has spent the work, and at least one step. It returns the work that it
// has spent, and whether the point is done. The unit of work is an iteration of [Mandelbrot], some
// nanoseconds.
func (p *Point) Advance(work int) (spent int, done bool) {
	for {
		limit := min(block, p.limit-p.count)
		if limit == 0 {
			return max(spent, 1), true
		}
		z, within := p.g.iterate(p.g, p.z, p.c, limit)
		p.z = z
		p.count += within
		if within < limit {
			return spent + int(within+1)*p.g.cost, true
		}
		spent += int(limit) * p.g.cost
		p.compare()
		if spent >= work {
			return spent, p.count == p.limit
		}
	}
}

// compare ends the iterations of a point that has come back to a former z: the point goes round in a
// circle, and never leaves the bounds. The mark moves on at each power of two, so the mark is on
// the circle in time, and circles of any length are found.
func (p *Point) compare() {
	if p.z == p.mark {
		p.count = p.limit
		return
	}
	if p.count == p.markAt {
		p.mark, p.markAt = p.z, 2*p.markAt
	}
}

// Value returns the value of a point that is done.
func (p *Point) Value() uint32 { return p.count }

// bound is the squared magnitude at which a point leaves the bounds. A z that is not a number is
// beyond the bounds as well.
const bound = 2.0

// mandelbrot iterates at most limit times. It returns the last z, and the number of iterations
// before z left the bounds.
func (*Generator) mandelbrot(z, c complex128, limit uint32) (last complex128, within uint32) {
	re, im := real(z), imag(z)
	re2, im2 := float64(re*re), float64(im*im)
	for k := range limit {
		im = float64(2*re*im) - imag(c)
		re = re2 - im2 - real(c)
		re2, im2 = float64(re*re), float64(im*im)
		if !(re2+im2 < bound) {
			return complex(re, im), k
		}
	}
	return complex(re, im), limit
}

// mandelbrotN iterates as mandelbrot does.
func (g *Generator) mandelbrotN(z, c complex128, limit uint32) (last complex128, within uint32) {
	for k := range limit {
		z = g.n.power(z) - c
		if !(squaredMagnitude(z) < bound) {
			return z, k
		}
	}
	return z, limit
}
