package picture_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math"
	"slices"
	"testing"

	"github.com/rserpool-go/rserpool/apps/fractal"
	"github.com/rserpool-go/rserpool/apps/internal/picture"
)

// whole is an order whose corners and steps have no rounding.
var whole = fractal.Parameter{
	Width: 64, Height: 48, MaxIterations: 50, Algorithm: fractal.Mandelbrot, C1: complex(-1, 0.75), C2: complex(1, -0.75),
}

// recorder keeps the events in words.
type recorder []string

func (r *recorder) Observe(_ *picture.Picture, ev picture.Event) {
	*r = append(*r, fmt.Sprintf("%T%v", ev, ev))
}

// fill calculates all tiles.
func fill(p *picture.Picture) {
	for i := range p.Tiles() {
		order := p.TileOrder(i)
		g := fractal.NewGenerator(&order)
		for y := range order.Height {
			data := fractal.Data{StartY: y}
			for x := range order.Width {
				data.Points = append(data.Points, g.Value(x, y))
			}
			p.Add(i, &data)
		}
	}
}

func encode(t *testing.T, p *picture.Picture, marks picture.Marks) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := p.View(marks).WritePNG(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestTiles asserts that the tiles together are the picture without tiles, whatever their number.
func TestTiles(t *testing.T) {
	t.Parallel()
	alone := picture.New("", 1, whole, 1, nil)
	fill(alone)
	want := encode(t, alone, picture.Marks{})
	for _, n := range []int{2, 4, 6, 9, 5000} {
		p := picture.New("", 1, whole, n, nil)
		if got := p.Progress(); got.Percent() != 0 || got.Complete != 0 || bytes.Equal(encode(t, p, picture.Marks{}), want) {
			t.Errorf("%d tiles: %+v at the beginning", n, got)
		}
		fill(p)
		if got := p.Progress(); got.Percent() != 100 || got.Complete != got.Tiles || got.Points != 64*48 {
			t.Errorf("%d tiles: %+v at the end", n, got)
		}
		if n == 2 && !bytes.Equal(encode(t, p, picture.Marks{}), want) {
			t.Error("2 tiles give another picture")
		}
		if n == 4 && !bytes.Equal(encode(t, p, picture.Marks{}), want) {
			t.Error("4 tiles give another picture")
		}
	}
}

// TestAdd asserts that points are taken once, and that points outside the tile change nothing.
func TestAdd(t *testing.T) {
	t.Parallel()
	var events recorder
	p := picture.New("", 1, whole, 4, &events) // Tile 3 is 32 x 24 points at 32, 24.
	for _, c := range []struct {
		x, y          uint32
		n             int
		inside, fresh int
	}{
		{30, 2, 5, 5, 5},
		{31, 2, 5, 5, 1},
		{0, 23, 33, 32, 32},
		{31, 23, 324, 1, 0},
		{32, 0, 1, 0, 0},
		{0, 24, 1, 0, 0},
		{math.MaxUint32, 0, 1, 0, 0},
		{0, math.MaxUint32, 1, 0, 0},
		{0, 0, 0, 0, 0},
	} {
		inside, fresh := p.Add(3, &fractal.Data{StartX: c.x, StartY: c.y, Points: slices.Repeat([]uint32{math.MaxUint32}, c.n)})
		if inside != c.inside || fresh != c.fresh {
			t.Errorf("%d points at %d, %d: %d inside, %d new, want %d and %d", c.n, c.x, c.y, inside, fresh, c.inside, c.fresh)
		}
	}
	want := recorder{
		"picture.Arrived{3 (32,26)-(64,28)}", "picture.Arrived{3 (32,26)-(64,28)}", "picture.Arrived{3 (32,47)-(64,48)}",
	}
	if !slices.Equal(events, want) {
		t.Errorf("events %q", events)
	}
	if missing := p.Missing(3); missing != 32*24-38 {
		t.Errorf("%d points missing", missing)
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	var first, second recorder
	p := picture.New("", 1, whole, 2, picture.Observers{&first, &second})
	p.Begin()
	p.Serve(1, 7, false, false)
	p.Leave(1, errors.New("silent"))
	p.Leave(1, errors.New("told already"))
	p.Serve(1, 8, true, true)
	if got := p.Progress(); got.Serving != 1 || got.Failovers != 1 {
		t.Errorf("%+v", got)
	}
	p.Complete(1)
	p.End(nil)
	want := recorder{
		"picture.Begun{}", "picture.Served{1 0x00000007 0 false}", "picture.Left{1 0x00000007 silent}",
		"picture.Served{1 0x00000008 1 true}", "picture.Completed{1}", "picture.Ended{<nil>}",
	}
	if !slices.Equal(first, want) || !slices.Equal(second, want) {
		t.Errorf("events %q and %q", first, second)
	}
}

// TestMarks asserts the steps of the colours: 2 for a picture and 5 for a failover, and 3 for a tile.
// Each mark works on its own, and both can be off (fault 16 of RSPLIB).
func TestMarks(t *testing.T) {
	t.Parallel()
	p := picture.New("", 3, fractal.Parameter{Width: 2, Height: 2, MaxIterations: 100}, 4, nil)
	add := func(i int, value uint32) { p.Add(i, &fractal.Data{Points: []uint32{value}}) }
	add(0, 10)
	add(1, 10)
	p.Serve(2, 1, true, false)
	add(2, 10)
	add(3, 100) // It stays bounded, and has a dark colour.
	for _, c := range []struct {
		marks picture.Marks
		want  []uint8
	}{
		{picture.Marks{}, []uint8{11, 11, 11, 73}},
		{picture.Marks{Sessions: true}, []uint8{11, 14, 17, 82}},
		{picture.Marks{Failovers: true}, []uint8{17, 17, 22, 79}},
		{picture.Marks{Failovers: true, Sessions: true}, []uint8{17, 20, 28, 88}},
	} {
		view := p.View(c.marks)
		img := view.Blank()
		view.Paint(img, image.Rect(-5, -5, 50, 50))
		if !slices.Equal(img.Pix, c.want) {
			t.Errorf("%+v: colours %v, want %v", c.marks, img.Pix, c.want)
		}
	}
}

// TestManyFailovers asserts that the colours go on after more failovers than a mark holds.
func TestManyFailovers(t *testing.T) {
	t.Parallel()
	p := picture.New("", 0, fractal.Parameter{Width: 400, Height: 1, MaxIterations: 9}, 1, nil)
	for x := range uint32(400) {
		p.Add(0, &fractal.Data{StartX: x, Points: []uint32{3}})
		p.Serve(0, 1, true, true)
	}
	img, err := png.Decode(bytes.NewReader(encode(t, p, picture.Marks{Failovers: true})))
	if err != nil {
		t.Fatal(err)
	}
	for x, got := range img.(*image.Paletted).Pix {
		if want := uint8(1 + (3+5*x)%72); got != want {
			t.Fatalf("after %d failovers: colour %d, want %d", x, got, want)
		}
	}
}
