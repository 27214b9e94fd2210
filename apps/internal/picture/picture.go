package picture

import (
	"image"
	"sync"

	"github.com/rserpool-go/rserpool/apps/fractal"
	"github.com/rserpool-go/rserpool/wire"
)

// A Picture is a picture that is being drawn. Its methods may be called by several goroutines.
type Picture struct {
	// Name is the name of the place that it shows.
	Name string
	// Number is its number since the start of the program, from 1.
	Number int
	// Order is the order of the whole picture.
	Order fractal.Parameter

	observer Observer
	tiles    []*tile

	mu sync.RWMutex // guards the fields of the tiles
}

// tile is a part of a picture that has a session of its own.
type tile struct {
	area  image.Rectangle
	order fractal.Parameter

	values    []uint32
	marks     []uint8 // for each point: 0: missing; otherwise 1 more than the failovers before it arrived
	missing   int
	element   wire.PEID // serves the session; 0: none
	failovers int
}

// New returns a picture without points, in at most n tiles. A nil observer is told nothing.
func New(name string, number int, order fractal.Parameter, n int, observer Observer) *Picture {
	p := &Picture{Name: name, Number: number, Order: order, observer: observer}
	for _, area := range Split(int(order.Width), int(order.Height), n) {
		points := area.Dx() * area.Dy()
		p.tiles = append(p.tiles, &tile{
			area: area, order: part(&order, area),
			values: make([]uint32, points), marks: make([]uint8, points), missing: points,
		})
	}
	return p
}

// part returns the order of an area of a picture. Its corners are interpolated.
func part(whole *fractal.Parameter, area image.Rectangle) fractal.Parameter {
	stepX := (real(whole.C2) - real(whole.C1)) / float64(whole.Width)
	stepY := (imag(whole.C2) - imag(whole.C1)) / float64(whole.Height)
	corner := func(at image.Point) complex128 {
		return complex(real(whole.C1)+float64(float64(at.X)*stepX), imag(whole.C1)+float64(float64(at.Y)*stepY))
	}
	order := *whole
	order.Width, order.Height = uint32(area.Dx()), uint32(area.Dy())
	order.C1, order.C2 = corner(area.Min), corner(area.Max)
	return order
}

// Tiles returns the number of tiles.
func (p *Picture) Tiles() int { return len(p.tiles) }

// TileOrder returns the order of a tile.
func (p *Picture) TileOrder(i int) fractal.Parameter { return p.tiles[i].order }

// tell tells the observer.
func (p *Picture) tell(ev Event) {
	if p.observer != nil {
		p.observer.Observe(p, ev)
	}
}

// Begin tells that the picture begins.
func (p *Picture) Begin() { p.tell(Begun{}) }

// End tells that the picture is complete, or has failed.
func (p *Picture) End(err error) { p.tell(Ended{err}) }

// Serve notes that an element serves the session of a tile. It is a failover if another element
// served the session before.
func (p *Picture) Serve(i int, element wire.PEID, isFailover, stateRestored bool) {
	p.mu.Lock()
	t := p.tiles[i]
	t.element = element
	if isFailover {
		t.failovers++
	}
	ev := Served{Tile: i, Element: element, Failovers: t.failovers, StateRestored: stateRestored}
	p.mu.Unlock()
	p.tell(ev)
}

// Leave notes that the element of a tile does not serve its session any more.
func (p *Picture) Leave(i int, reason error) {
	p.mu.Lock()
	t := p.tiles[i]
	ev := Left{Tile: i, Element: t.element, Reason: reason}
	t.element = 0
	p.mu.Unlock()
	if ev.Element != 0 {
		p.tell(ev)
	}
}

// Complete notes that the session of a tile is over.
func (p *Picture) Complete(i int) { p.tell(Completed{i}) }

// Add takes points of a tile from an element. Points outside the tile are dropped, and points that
// were there before are not changed. It returns the number of points that are in the tile, and of
// points that are new.
func (p *Picture) Add(i int, data *fractal.Data) (inside, fresh int) {
	p.mu.Lock()
	inside, fresh, rows := p.tiles[i].add(data)
	p.mu.Unlock()
	if fresh > 0 {
		p.tell(Arrived{Tile: i, Area: rows})
	}
	return inside, fresh
}

// add returns the rows that the points are in, as an area of the picture.
func (t *tile) add(data *fractal.Data) (inside, fresh int, rows image.Rectangle) {
	if data.StartX >= t.order.Width || data.StartY >= t.order.Height {
		return 0, 0, rows
	}
	at := int(data.StartY)*t.area.Dx() + int(data.StartX)
	inside = min(len(data.Points), len(t.values)-at)
	mark := uint8(1 + t.failovers%maxMark)
	for k, value := range data.Points[:inside] {
		if t.marks[at+k] == 0 {
			t.values[at+k], t.marks[at+k] = value, mark
			fresh++
		}
	}
	t.missing -= fresh
	if inside == 0 {
		return 0, 0, rows
	}
	last := (at + inside - 1) / t.area.Dx()
	return inside, fresh, image.Rect(t.area.Min.X, t.area.Min.Y+int(data.StartY), t.area.Max.X, t.area.Min.Y+last+1)
}

// maxMark bounds the failovers that are kept with a point. It is a multiple of the colours of the
// palette, so the colours go on without a jump.
const maxMark = 3 * cycle

// Missing returns the number of points that have not arrived, of a tile.
func (p *Picture) Missing(i int) int {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.tiles[i].missing
}

// A Progress says how much of a picture is there.
type Progress struct {
	Points, Arrived int
	// Tiles is the number of tiles, Complete of those without a missing point.
	Tiles, Complete int
	// Serving is the number of sessions that have an element.
	Serving   int
	Failovers int
}

// Percent returns the part of the points that has arrived, rounded down.
func (g Progress) Percent() int { return 100 * g.Arrived / max(g.Points, 1) }

// Progress returns how much of the picture is there.
func (p *Picture) Progress() Progress {
	p.mu.RLock()
	defer p.mu.RUnlock()
	g := Progress{Tiles: len(p.tiles)}
	for _, t := range p.tiles {
		g.Points += len(t.values)
		g.Arrived += len(t.values) - t.missing
		g.Failovers += t.failovers
		if t.missing == 0 {
			g.Complete++
		}
		if t.element != 0 {
			g.Serving++
		}
	}
	return g
}
