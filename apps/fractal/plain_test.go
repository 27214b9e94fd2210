package fractal

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"
)

// plainMandelbrot is the definition, without shortcuts.
func plainMandelbrot(p *Parameter, x, y uint32) uint32 {
	c := plainC(p, x, y)
	var z complex128
	for k := range p.MaxIterations {
		z = complex(
			float64(real(z)*real(z))-float64(imag(z)*imag(z))-real(c),
			float64(real(z)*imag(z))+float64(imag(z)*real(z))-imag(c),
		)
		if squaredMagnitude(z) >= bound {
			return k
		}
	}
	return p.MaxIterations
}

// plainMandelbrotN is the definition with the functions of package math.
func plainMandelbrotN(p *Parameter, x, y uint32) uint32 {
	c := plainC(p, x, y)
	var z complex128
	for k := range p.MaxIterations {
		if z != 0 {
			z = cmplx.Pow(z, complex(p.N, 0))
		}
		z -= c
		if squaredMagnitude(z) >= bound {
			return k
		}
	}
	return p.MaxIterations
}

func plainC(p *Parameter, x, y uint32) complex128 {
	return complex(
		real(p.C1)+float64(float64(x)*((real(p.C2)-real(p.C1))/float64(p.Width))),
		imag(p.C1)+float64(float64(y)*((imag(p.C2)-imag(p.C1))/float64(p.Height))),
	)
}

// whole is the picture of all values within the bounds.
func whole(algorithm Algorithm, n float64, width, height, iterations uint32) *Parameter {
	return &Parameter{
		Width: width, Height: height, MaxIterations: iterations, Algorithm: algorithm,
		C1: complex(-1.5, 1.5), C2: complex(1.5, -1.5), N: n,
	}
}

// TestAgainstPlain asserts that the comparisons with former values of z change no value.
func TestAgainstPlain(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		p := whole(Mandelbrot, 0, 23, 17, 1+random.Uint32N(3000))
		centre := complex(random.Float64()*2.2-0.7, random.Float64()*2-1)
		size := math.Pow(10, -12*random.Float64())
		p.C1, p.C2 = centre+complex(-size, size), centre+complex(size, -size)
		g := NewGenerator(p)
		for i := range p.Width * p.Height {
			x, y := i%p.Width, i/p.Width
			if got, want := g.Value(x, y), plainMandelbrot(p, x, y); got != want {
				t.Fatalf("%+v: %d, %d: got %d, want %d", *p, x, y, got, want)
			}
		}
	}
}

// TestAdvance asserts that the size of the steps changes no value, and that no step is much longer
// than its work.
func TestAdvance(t *testing.T) {
	t.Parallel()
	for _, p := range []*Parameter{
		whole(Mandelbrot, 0, 31, 31, 1000), whole(MandelbrotN, 3, 31, 31, 1000), whole(MandelbrotN, 2.5, 31, 31, 100),
	} {
		g := NewGenerator(p)
		for i := range p.Width * p.Height {
			x, y := i%p.Width, i/p.Width
			point := g.Point(x, y)
			for work := 1; ; work = work*7%1000 + 1 {
				spent, done := point.Advance(work)
				if spent < 1 || spent > work+block*g.cost {
					t.Fatalf("spent %d of %d", spent, work)
				}
				if done {
					break
				}
			}
			if got, want := point.Value(), g.Value(x, y); got != want {
				t.Fatalf("%+v: %d, %d: got %d in steps, want %d", *p, x, y, got, want)
			}
		}
	}
}

// FuzzGenerator asserts that any order has values within its limits, and that the values of Mandelbrot
// are those of the definition.
func FuzzGenerator(f *testing.F) {
	for _, p := range []*Parameter{whole(Mandelbrot, 0, 8, 8, 100), whole(MandelbrotN, 2.5, 8, 8, 100), whole(MandelbrotN, math.Inf(-1), 1, 0, 3)} {
		b, err := p.AppendBinary(nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, uint32(3), uint32(4))
	}
	f.Fuzz(func(t *testing.T, b []byte, x, y uint32) {
		m, err := Parse(b)
		p, isOrder := m.(*Parameter)
		if err != nil || !isOrder || p.Check() != nil {
			return
		}
		p.MaxIterations %= 200
		got := NewGenerator(p).Value(x, y)
		switch {
		case p.Algorithm != Mandelbrot && p.Algorithm != MandelbrotN:
			if got > 255 {
				t.Errorf("pattern with %d", got)
			}
		case got > p.MaxIterations:
			t.Errorf("value %d beyond %d", got, p.MaxIterations)
		case p.Algorithm == MandelbrotN:
		case math.IsNaN(real(plainC(p, x, y))) || math.IsNaN(imag(plainC(p, x, y))):
			if got != 0 {
				t.Errorf("value %d of a point that is not a number", got)
			}
		case got != plainMandelbrot(p, x, y):
			t.Errorf("value %d, want %d", got, plainMandelbrot(p, x, y))
		}
	})
}

// TestDigests asserts the octets of pictures, which are the same on each kind of processor. GOAMD64=v3
// has a compiler that fuses multiplications and additions.
func TestDigests(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		order *Parameter
		want  string
	}{
		{whole(Mandelbrot, 0, 200, 150, 1000), "23d542fe4857b1b2"},
		{whole(MandelbrotN, 3, 200, 150, 1000), "28b8162b2a36ab2a"},
		{whole(MandelbrotN, 2.5, 100, 75, 1000), "d317b9d862416c33"},
		{whole(MandelbrotN, 1234, 200, 150, 1000), "42e059744c402805"},
		{whole(MandelbrotN, -2.1, 20, 15, 100), "603be8d68f4e2d14"},
	} {
		digest := sha256.New()
		g := NewGenerator(test.order)
		for i := range test.order.Width * test.order.Height {
			digest.Write(binary.BigEndian.AppendUint32(nil, g.Value(i%test.order.Width, i/test.order.Width)))
		}
		if got := hex.EncodeToString(digest.Sum(nil)[:8]); got != test.want {
			t.Errorf("%v to %v: digest %s, want %s", test.order.Algorithm, test.order.N, got, test.want)
		}
	}
}

// BenchmarkPicture measures the points of a whole picture, beside the definition without shortcuts.
func BenchmarkPicture(b *testing.B) {
	const size = 128
	for _, bench := range []struct {
		name  string
		order *Parameter
		plain func(p *Parameter, x, y uint32) uint32
	}{
		{"Mandelbrot", whole(Mandelbrot, 0, size, size, 1024), plainMandelbrot},
		{"MandelbrotN=3", whole(MandelbrotN, 3, size, size, 1024), plainMandelbrotN},
		{"MandelbrotN=99", whole(MandelbrotN, 99, size, size, 1024), plainMandelbrotN},
		{"MandelbrotN=2.5", whole(MandelbrotN, 2.5, size, size, 1024), plainMandelbrotN},
		{"MandelbrotN=2.1", whole(MandelbrotN, 2.1, size, size, 1024), plainMandelbrotN},
	} {
		b.Run(bench.name+"/plain", func(b *testing.B) {
			measure(b, bench.order, func(x, y uint32) { bench.plain(bench.order, x, y) })
		})
		b.Run(bench.name+"/generator", func(b *testing.B) {
			g := NewGenerator(bench.order)
			measure(b, bench.order, func(x, y uint32) { g.Value(x, y) })
		})
	}
}

func measure(b *testing.B, p *Parameter, value func(x, y uint32)) {
	n := 0
	for b.Loop() {
		for i := range p.Width * p.Height {
			value(i%p.Width, i/p.Width)
			n++
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "points/s")
}
