package picture

import (
	"image"
	"image/color"
	"image/png"
	"io"
)

// A View is a picture in colours.
type View struct {
	picture *Picture
	marks   Marks
	palette color.Palette
}

// View returns the picture in colours.
func (p *Picture) View(marks Marks) *View { return &View{p, marks, palette()} }

// Bounds returns the area of the picture.
func (v *View) Bounds() image.Rectangle {
	return image.Rect(0, 0, int(v.picture.Order.Width), int(v.picture.Order.Height))
}

// Blank returns an image of the picture's size, without points.
func (v *View) Blank() *image.Paletted { return image.NewPaletted(v.Bounds(), v.palette) }

// Paint brings an area of an image up to date. The image is of [View.Blank].
func (v *View) Paint(img *image.Paletted, area image.Rectangle) {
	v.picture.mu.RLock()
	defer v.picture.mu.RUnlock()
	for i, t := range v.picture.tiles {
		part := t.area.Intersect(area)
		for y := part.Min.Y; y < part.Max.Y; y++ {
			for x := part.Min.X; x < part.Max.X; x++ {
				img.Pix[img.PixOffset(x, y)] = v.index(i, t, (y-t.area.Min.Y)*t.area.Dx()+x-t.area.Min.X)
			}
		}
	}
}

// index returns the colour of a point of a tile. The caller has the lock.
func (v *View) index(i int, t *tile, at int) uint8 {
	if t.marks[at] == 0 {
		return blank
	}
	steps := v.marks.shift(v.picture.Number, i)
	if v.marks.Failovers {
		steps += failoverSteps * int(t.marks[at]-1)
	}
	first, value := bright, t.values[at]
	if value >= t.order.MaxIterations {
		first, value = dark, 0
	}
	return uint8(first + (int(value%cycle)+steps)%cycle)
}

// WritePNG writes the picture as it is now. Equal pictures have equal octets.
func (v *View) WritePNG(w io.Writer) error {
	img := v.Blank()
	v.Paint(img, v.Bounds())
	return png.Encode(w, img)
}
