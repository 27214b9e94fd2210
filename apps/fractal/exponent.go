package fractal

import (
	"math"
	"math/bits"
)

// exponent is a real exponent, split into operations that round alike on all machines. The functions
// of package math do not: some machines fuse a multiplication and an addition there.
type exponent struct {
	isNegative bool
	whole      uint64
	fraction   uint64 // in units of 2^-fractionBits
}

const (
	// fractionBits are the bits of a fraction. Later ones change no digit of a power.
	fractionBits = 60

	// maxExponent is an exponent whose powers are 0, beyond the bounds, or of magnitude 1. Those of
	// larger exponents, all even, are the same.
	maxExponent = 1 << 62
)

func newExponent(n float64) exponent {
	whole, fraction := math.Modf(min(math.Abs(n), maxExponent))
	if math.IsNaN(n) {
		return exponent{}
	}
	return exponent{
		isNegative: n < 0,
		whole:      uint64(whole),
		fraction:   uint64(math.Ldexp(fraction, fractionBits)),
	}
}

// cost returns the work of a power. A square root takes about 12 times as long as a multiplication.
func (e *exponent) cost() int {
	roots := 0
	if e.fraction != 0 {
		roots = fractionBits - bits.TrailingZeros64(e.fraction)
	}
	return 1 + bits.Len64(e.whole) + bits.OnesCount64(e.whole) + 12*roots + bits.OnesCount64(e.fraction)
}

// power returns the principal value of z to the exponent. 0 to any exponent is 0. A power that is too
// large is infinite or not a number.
func (e *exponent) power(z complex128) complex128 {
	if z == 0 {
		return 0
	}
	if e.isNegative {
		m := squaredMagnitude(z)
		z = complex(real(z)/m, -imag(z)/m)
	}
	result := complex(1, 0)
	square := z
	for n := e.whole; n != 0; {
		if n&1 != 0 {
			result = multiply(result, square)
		}
		if n >>= 1; n != 0 {
			square = multiply(square, square)
		}
	}
	root := z
	for f := e.fraction << (64 - fractionBits); f != 0; f <<= 1 {
		root = squareRoot(root)
		if f>>63 != 0 {
			result = multiply(result, root)
		}
	}
	return result
}

// squaredMagnitude returns the square of the absolute value.
func squaredMagnitude(z complex128) float64 {
	return float64(real(z)*real(z)) + float64(imag(z)*imag(z))
}

// multiply returns the product.
func multiply(a, b complex128) complex128 {
	return complex(
		float64(real(a)*real(b))-float64(imag(a)*imag(b)),
		float64(real(a)*imag(b))+float64(imag(a)*real(b)),
	)
}

// squareRoot returns the root with a positive real part, or for a negative number the root with a
// positive imaginary part. Both zeros of the imaginary part are the same number.
func squareRoot(z complex128) complex128 {
	re, im := real(z), imag(z)
	half := math.Sqrt((math.Abs(re) + math.Sqrt(squaredMagnitude(z))) / 2)
	if half == 0 {
		return 0
	}
	other := im / (2 * half)
	switch {
	case re >= 0:
		return complex(half, other)
	case im < 0:
		return complex(-other, -half)
	}
	return complex(other, half)
}
