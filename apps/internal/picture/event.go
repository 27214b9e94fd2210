package picture

import (
	"image"

	"github.com/rserpool-go/rserpool/wire"
)

// An Observer is told of the changes of a picture by the goroutines that make them, possibly by
// several at a time. It may read the picture. While it works, the session of the event waits.
type Observer interface {
	Observe(p *Picture, ev Event)
}

// Observers are several observers, each of which is told.
type Observers []Observer

// Observe tells the event to all.
func (o Observers) Observe(p *Picture, ev Event) {
	for _, observer := range o {
		observer.Observe(p, ev)
	}
}

// An Event is a change of a picture: [Begun], [Served], [Left], [Arrived], [Completed] or [Ended].
type Event interface{ isEvent() }

// Begun tells that a picture is started, without points.
type Begun struct{}

// Served tells that an element serves the session of a tile.
type Served struct {
	Tile    int // from 0
	Element wire.PEID
	// Failovers of the session so far. 0: the element is the first.
	Failovers int
	// StateRestored: the element has got the state of its predecessor.
	StateRestored bool
}

// Left tells that an element does not serve the session of a tile any more.
type Left struct {
	Tile    int
	Element wire.PEID
	Reason  error
}

// Arrived tells that points of a tile have arrived. All of them are in the area, in points of the
// picture.
type Arrived struct {
	Tile int
	Area image.Rectangle
}

// Completed tells that all points of a tile have arrived, and that its session is over.
type Completed struct{ Tile int }

// Ended tells that the picture is complete, or has failed.
type Ended struct{ Err error }

func (Begun) isEvent()     {}
func (Served) isEvent()    {}
func (Left) isEvent()      {}
func (Arrived) isEvent()   {}
func (Completed) isEvent() {}
func (Ended) isEvent()     {}
