package fractal

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/rserpool-go/rserpool/apps/appmsg"
)

// Algorithm is the function that is iterated.
type Algorithm uint32

// The algorithms.
const (
	Mandelbrot  Algorithm = 1 // z*z - c
	MandelbrotN Algorithm = 2 // z^N - c
)

// String returns the name of the algorithm, or its number.
func (a Algorithm) String() string {
	switch a {
	case Mandelbrot:
		return "Mandelbrot"
	case MandelbrotN:
		return "MandelbrotN"
	}
	return fmt.Sprintf("Algorithm(%d)", uint32(a))
}

// Limits beyond which a pool element refuses an order.
const (
	MaxWidth      = 65536
	MaxHeight     = 65536
	MaxIterations = 1000000
)

// Parameter orders a picture.
type Parameter struct {
	// Width and Height are the size of the picture in points.
	Width, Height uint32
	// MaxIterations is the value of a point that stays bounded.
	MaxIterations uint32
	Algorithm     Algorithm
	// C1 is the value of c at the upper left corner, C2 at the lower right corner.
	C1, C2 complex128
	// N is the exponent of [MandelbrotN].
	N float64
}

const parameterLen = 60

// Type returns [TypeParameter].
func (*Parameter) Type() Type { return TypeParameter }

func (*Parameter) isMessage() {}

// AppendBinary appends the encoded message. It does not fail.
func (p *Parameter) AppendBinary(b []byte) ([]byte, error) {
	return p.append(b, parameterLen), nil
}

// Check fails with [appmsg.ErrRange] for an order that is beyond the limits.
func (p *Parameter) Check() error {
	if p.Width > MaxWidth || p.Height > MaxHeight || p.MaxIterations > MaxIterations {
		return fmt.Errorf("picture of %d x %d points with %d iterations: %w",
			p.Width, p.Height, p.MaxIterations, appmsg.ErrRange)
	}
	return nil
}

// append appends the message with a length field.
func (p *Parameter) append(b []byte, length uint16) []byte {
	b = binary.BigEndian.AppendUint16(append(b, byte(TypeParameter), 0), length)
	for _, v := range [...]uint32{p.Width, p.Height, p.MaxIterations, uint32(p.Algorithm)} {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	for _, v := range [...]float64{real(p.C1), imag(p.C1), real(p.C2), imag(p.C2), p.N} {
		b = binary.BigEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}

// parseParameter decodes the fields after the header.
func parseParameter(b []byte) Parameter {
	float := func(at int) float64 { return math.Float64frombits(binary.BigEndian.Uint64(b[at:])) }
	return Parameter{
		Width:         binary.BigEndian.Uint32(b[4:]),
		Height:        binary.BigEndian.Uint32(b[8:]),
		MaxIterations: binary.BigEndian.Uint32(b[12:]),
		Algorithm:     Algorithm(binary.BigEndian.Uint32(b[16:])),
		C1:            complex(float(20), float(28)),
		C2:            complex(float(36), float(44)),
		N:             float(52),
	}
}
