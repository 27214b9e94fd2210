package picture

import (
	"image/color"
	"math"
)

// The palette has a colour for missing points, then a cycle of colours for points that leave the
// bounds, then a cycle of dark colours for points that do not.
const (
	cycle  = 72
	blank  = 0
	bright = 1
	dark   = bright + cycle
)

// Marks say which changes of colour show the sessions and failovers of a picture.
type Marks struct {
	// Failovers: points that arrive after a failover have other colours.
	Failovers bool
	// Sessions: each tile has other colours.
	Sessions bool
}

// shift returns the steps by which the colours of a tile are moved. The steps are RSPLIB's.
func (m Marks) shift(number, tile int) (steps int) {
	if m.Failovers {
		steps += 2 * number
	}
	if m.Sessions {
		steps += 3 * tile
	}
	return steps % cycle
}

// failoverSteps is the number of steps by which a failover moves the colours.
const failoverSteps = 5

// palette returns the colours: waves from deep blue over white and gold to violet.
func palette() color.Palette {
	colours := color.Palette{blank: color.RGBA{38, 38, 46, 255}}
	for i := range cycle {
		colours = append(colours, wave(i, 1))
	}
	for i := range cycle {
		colours = append(colours, wave(i, 0.18))
	}
	return colours
}

// stops are colours of the cycle, at equal distances.
var stops = [...][3]float64{{16, 24, 110}, {32, 120, 210}, {236, 248, 255}, {255, 190, 40}, {176, 52, 30}, {92, 20, 96}}

// wave returns a colour of the cycle, with a brightness from 0 to 1.
func wave(i int, brightness float64) color.RGBA {
	at := float64(i) * float64(len(stops)) / cycle
	from := int(at)
	to, part := (from+1)%len(stops), at-float64(from)
	part = (1 - math.Cos(part*math.Pi)) / 2
	channel := func(k int) uint8 {
		return uint8(math.Round(brightness * (stops[from][k]*(1-part) + stops[to][k]*part)))
	}
	return color.RGBA{channel(0), channel(1), channel(2), 255}
}
