package place_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/apps/fractal"
	"github.com/rserpool-go/rserpool/apps/internal/place"
)

// small is a file in the form of FractGen, with numbers of many digits.
const small = `<!DOCTYPE XMLFractalSave>
<FractalV1>
 <Algorithm>
  <AlgorithmName>MandelbrotN</AlgorithmName>
  <C1Real>-1.5000000000000000000000000000000000000000000000000000000000000e+00</C1Real>
  <C1Imag>1.25</C1Imag>
  <C2Real>5e-1</C2Real>
  <C2Imag>-1.25</C2Imag>
  <Useroptions><MaxIterations>1000</MaxIterations><N>3.5</N></Useroptions>
 </Algorithm>
 <ColorScheme><ColorSchemeName>SimpleHSV</ColorSchemeName></ColorScheme>
 <Resolution>640*480</Resolution>
</FractalV1>
`

var want = fractal.Parameter{Algorithm: fractal.MandelbrotN, C1: complex(-1.5, 1.25), C2: complex(0.5, -1.25), MaxIterations: 1000, N: 3.5}

func TestParse(t *testing.T) {
	t.Parallel()
	if got, err := place.Parse(strings.NewReader(small)); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	short := strings.NewReplacer("<MaxIterations>1000</MaxIterations>", "", "<N>3.5</N>", "", "MandelbrotN", "Mandelbrot").Replace(small)
	least := want
	least.MaxIterations, least.N, least.Algorithm = 123, 2, fractal.Mandelbrot
	if got, err := place.Parse(strings.NewReader(short)); err != nil || got != least {
		t.Errorf("without options: got %+v, %v", got, err)
	}
}

// TestBadFiles asserts that each damage is told.
func TestBadFiles(t *testing.T) {
	t.Parallel()
	replaced := func(old, text string) string { return strings.Replace(small, old, text, 1) }
	for name, c := range map[string]struct{ text, want string }{
		"empty":               {"", "not a parameter file: there is no element FractalV1"},
		"another document":    {"<html><N>3</N></html>", "not a parameter file"},
		"no XML":              {"\x00\x01", "line 1, column "},
		"truncated":           {small[:400], "unexpected EOF"},
		"too large":           {small + strings.Repeat(" ", place.MaxFileSize), "larger than 65536 octets"},
		"deep":                {strings.Repeat("<a>", place.MaxFileSize), "larger than 65536 octets"},
		"entities":            {replaced("1.25", "&lol;"), "line 6, column "},
		"another encoding":    {`<?xml version="1.0" encoding="UTF-7"?>` + small, "UTF-7"},
		"unknown algorithm":   {replaced("MandelbrotN", "Julia\x1b[31m"), "line 4"},
		"strange algorithm":   {replaced("MandelbrotN", "Julia&#9;"), `AlgorithmName: "Julia" is neither Mandelbrot nor MandelbrotN`},
		"long algorithm":      {replaced("MandelbrotN", strings.Repeat("ä", 99)), `...\" is neither`},
		"no algorithm":        {replaced("AlgorithmName>MandelbrotN</AlgorithmName", "A>MandelbrotN</A"), `AlgorithmName: "" is neither`},
		"no corner":           {strings.ReplaceAll(small, "C2Imag", "C3Imag"), "C2Imag is missing"},
		"no number":           {replaced("5e-1", "half"), `C2Real: "half" is not a number from -1000000 to 1000000`},
		"not a number":        {replaced("5e-1", "NaN"), `C2Real: "NaN" is not`},
		"infinite":            {replaced("5e-1", "-Inf"), `C2Real: "-Inf" is not`},
		"beyond doubles":      {replaced("5e-1", "1e999"), `C2Real: "1e999" is not`},
		"no iterations":       {replaced(">1000<", ">0<"), "MaxIterations: 0 is not a whole number from 1 to 1000000"},
		"negative iterations": {replaced(">1000<", ">-1<"), "MaxIterations: -1 is not a whole"},
		"many iterations":     {replaced(">1000<", ">1000001<"), `MaxIterations: "1000001" is not a number`},
		"half an iteration":   {replaced(">1000<", ">0.5<"), "MaxIterations: 0.5 is not a whole"},
		"strange exponent":    {replaced("3.5", "x"), `N: "x" is not a number`},
		"no area":             {replaced("5e-1", "-1.5"), "have no area between them"},
	} {
		_, err := place.Parse(strings.NewReader(c.text))
		if err == nil || !strings.Contains(err.Error(), strings.ReplaceAll(c.want, `\"`, `"`)) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestOwn(t *testing.T) {
	t.Parallel()
	places := place.Own()
	if len(places) != 20 {
		t.Errorf("%d places", len(places))
	}
	for i, a := range places {
		// A place is worth a picture if its points are different.
		order := a.Order
		order.Width, order.Height = 40, 25
		g, seen := fractal.NewGenerator(&order), make(map[uint32]bool)
		for at := range uint32(1000) {
			seen[g.Value(at%40, at/40)] = true
		}
		if len(seen) < 10 {
			t.Errorf("%s: %d values", a.Name, len(seen))
		}
		for _, b := range places[:i] {
			if a.Order == b.Order {
				t.Errorf("%s is %s", a.Name, b.Name)
			}
		}
	}
}

// TestFolder asserts that both kinds of names are read, as RSPLIB's manual says (fault 9), and that bad
// files are told and left out.
func TestFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"b.fsf": small, "a.FGP": small, "c.fsf": "<", "d.txt": "<"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "e.fsf"), 0o700); err != nil {
		t.Fatal(err)
	}
	var bad []string
	places, err := place.Folder(dir, func(err error) { bad = append(bad, err.Error()) })
	if err != nil || !slices.Equal(places, []place.Place{{Name: "a", Order: want}, {Name: "b", Order: want}}) {
		t.Errorf("got %+v, %v", places, err)
	}
	if len(bad) != 2 || !strings.Contains(bad[0], "c.fsf: line 1, column ") || bad[1] != "read e.fsf: not a regular file" {
		t.Errorf("bad files: %q", bad)
	}
	if _, err := place.Folder(filepath.Join(dir, "e.fsf"), nil); err == nil || !strings.Contains(err.Error(), "e.fsf: no parameter file (*.fsf or *.fgp) that can be read") {
		t.Errorf("an empty folder: %v", err)
	}
	if _, err := place.Folder(filepath.Join(dir, "f"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}

// TestFolderOfRSPLIB reads the parameter files of RSPLIB where they are installed. FGPCONFIG names another
// folder for them.
func TestFolderOfRSPLIB(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("FGPCONFIG")
	if dir == "" {
		dir = "/usr/share/fgpconfig"
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("package rsplib-fgp-cfgfiles is not installed: ", err)
	}
	places, err := place.Folder(dir, func(err error) { t.Error(err) })
	if err != nil || len(places) < 200 {
		t.Errorf("%d places, %v", len(places), err)
	}
	kinds := make(map[fractal.Algorithm]int)
	for _, p := range places {
		kinds[p.Order.Algorithm]++
	}
	if len(kinds) != 2 {
		t.Errorf("algorithms %v", kinds)
	}
}

// FuzzParse asserts that a file that is taken is an order within the limits.
func FuzzParse(f *testing.F) {
	f.Add(small)
	f.Add("<FractalV1><AlgorithmName>Mandelbrot</AlgorithmName><C1Real>1</C1Real><C1Imag>1</C1Imag><C2Real>2</C2Real><C2Imag>0</C2Imag></FractalV1>")
	f.Fuzz(func(t *testing.T, text string) {
		order, err := place.Parse(strings.NewReader(text))
		if err != nil {
			return
		}
		order.Width, order.Height = 3, 3
		if err := order.Check(); err != nil || order.MaxIterations == 0 || order.C1 == order.C2 {
			t.Errorf("%+v: %v", order, err)
		}
		again, err := place.Parse(strings.NewReader(text))
		if again.Width, again.Height = 3, 3; err != nil || again != order {
			t.Errorf("%+v, then %+v, %v", order, again, err)
		}
	})
}
