package place

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/rserpool-go/rserpool/apps/fractal"
)

// A Place is a part of a fractal. Its order has no width and height.
type Place struct {
	Name  string
	Order fractal.Parameter
}

// MaxFileSize is the size of a parameter file in octets at most. Files of FractGen have 1 KiB.
const MaxFileSize = 64 << 10

// Values of elements that a file may leave out.
const (
	defaultIterations = 123
	defaultN          = 2
)

var (
	// ErrTooLarge: the file is larger than [MaxFileSize].
	ErrTooLarge = fmt.Errorf("larger than %d octets", MaxFileSize)
	// ErrNoParameters: the text is XML, but no parameter file.
	ErrNoParameters = errors.New("not a parameter file: there is no element FractalV1")
)

// Parse reads a parameter file. Elements are found by their names, wherever they are. It fails if a
// corner or the algorithm is missing, and if a number is out of range.
func Parse(r io.Reader) (fractal.Parameter, error) {
	texts, err := readTexts(r)
	if err != nil {
		return fractal.Parameter{}, err
	}
	f := form{texts: texts}
	p := fractal.Parameter{
		Algorithm:     f.algorithm(),
		C1:            complex(f.number("C1Real"), f.number("C1Imag")),
		C2:            complex(f.number("C2Real"), f.number("C2Imag")),
		MaxIterations: f.iterations(),
		N:             f.optional("N", defaultN),
	}
	if f.err == nil && (real(p.C1) == real(p.C2) || imag(p.C1) == imag(p.C2)) {
		f.fail(fmt.Errorf("the corners %v and %v have no area between them", p.C1, p.C2))
	}
	return p, f.err
}

// elements are the names of the elements with a meaning.
var elements = map[string]bool{
	"AlgorithmName": true, "C1Real": true, "C1Imag": true, "C2Real": true, "C2Imag": true, "MaxIterations": true, "N": true,
}

// readTexts returns the texts of the elements with a meaning. The first of a name counts.
func readTexts(r io.Reader) (map[string]string, error) {
	limited := &io.LimitedReader{R: r, N: MaxFileSize + 1}
	d := xml.NewDecoder(limited)
	texts := make(map[string]string)
	isFound, name := false, ""
	var text strings.Builder
	for {
		token, err := d.Token()
		switch {
		case limited.N == 0:
			return nil, ErrTooLarge
		case errors.Is(err, io.EOF) && !isFound:
			return nil, ErrNoParameters
		case errors.Is(err, io.EOF):
			return texts, nil
		case err != nil:
			line, column := d.InputPos()
			return nil, fmt.Errorf("line %d, column %d: %w", line, column, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			isFound = isFound || token.Name.Local == "FractalV1"
			name = token.Name.Local
			text.Reset()
		case xml.CharData:
			if elements[name] {
				text.Write(token)
			}
		case xml.EndElement:
			if _, isKnown := texts[name]; elements[name] && !isKnown {
				texts[name] = strings.TrimSpace(text.String())
			}
			name = ""
		}
	}
}

// form has the texts of the elements, and the first error.
type form struct {
	texts map[string]string
	err   error
}

func (f *form) fail(err error) {
	if f.err == nil {
		f.err = err
	}
}

func (f *form) algorithm() fractal.Algorithm {
	name := f.texts["AlgorithmName"]
	for _, a := range []fractal.Algorithm{fractal.Mandelbrot, fractal.MandelbrotN} {
		if name == a.String() {
			return a
		}
	}
	f.fail(fmt.Errorf("AlgorithmName: %s is neither Mandelbrot nor MandelbrotN", quote(name)))
	return 0
}

// number returns the number of an element that must be there.
func (f *form) number(name string) float64 {
	text, ok := f.texts[name]
	if !ok {
		f.fail(fmt.Errorf("%s is missing", name))
		return 0
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(n) || math.Abs(n) > maxNumber {
		f.fail(fmt.Errorf("%s: %s is not a number from %d to %d", name, quote(text), -maxNumber, maxNumber))
	}
	return n
}

// maxNumber bounds corners and exponents. Fractals are at most 2 away from the origin.
const maxNumber = 1000000

func (f *form) optional(name string, standard float64) float64 {
	if _, ok := f.texts[name]; !ok {
		return standard
	}
	return f.number(name)
}

func (f *form) iterations() uint32 {
	n := f.optional("MaxIterations", defaultIterations)
	if f.err == nil && (n != math.Trunc(n) || n < 1 || n > fractal.MaxIterations) {
		f.fail(fmt.Errorf("MaxIterations: %v is not a whole number from 1 to %d", n, fractal.MaxIterations))
		return 0
	}
	if f.err != nil {
		return 0
	}
	return uint32(n)
}

// quote returns the beginning of a text for an error, without control characters.
func quote(text string) string {
	const most = 40
	if len(text) > most {
		text = text[:most] + "..."
	}
	return strconv.QuoteToASCII(text)
}
