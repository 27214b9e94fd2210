package main

import (
	"fmt"
	"image"
	"image/color"
	"strings"
)

// upperHalf is the character whose upper half has the colour of the text, and whose lower half has
// that of the background.
const upperHalf = "▀"

// halfBlocks returns an image as lines of characters, made smaller if it does not fit. A character
// has two points, one above the other.
func halfBlocks(img *image.Paletted, columns, rows int) []string {
	width, height := fit(img.Rect.Dx(), img.Rect.Dy(), columns, 2*rows)
	var lines []string
	for y := 0; y < height; y += 2 {
		lines = append(lines, halfBlockLine(img, y, width, height))
	}
	return lines
}

// fit returns the size of an image that is made smaller until it fits.
func fit(width, height, mostWidth, mostHeight int) (w, h int) {
	mostWidth, mostHeight = max(mostWidth, 1), max(mostHeight, 2)
	w, h = min(width, mostWidth), min(height, mostHeight)
	if w*height < h*width {
		h = max(1, w*height/width)
	} else {
		w = max(1, h*width/height)
	}
	return w, h
}

// halfBlockLine returns the rows y and y+1 of an image that is shown in width x height points.
func halfBlockLine(img *image.Paletted, y, width, height int) string {
	var b strings.Builder
	var lastUpper, lastLower color.RGBA // transparent: none yet
	for x := range width {
		upper := mean(img, x, y, width, height)
		lower := color.RGBA{A: 255}
		if y+1 < height {
			lower = mean(img, x, y+1, width, height)
		}
		if upper != lastUpper {
			fmt.Fprintf(&b, "\033[38;2;%d;%d;%dm", upper.R, upper.G, upper.B)
		}
		if lower != lastLower {
			fmt.Fprintf(&b, "\033[48;2;%d;%d;%dm", lower.R, lower.G, lower.B)
		}
		lastUpper, lastLower = upper, lower
		b.WriteString(upperHalf)
	}
	return b.String()
}

// samples is the number of points, in each direction, of which a shown point is the mean.
const samples = 3

// mean returns the colour of a shown point.
func mean(img *image.Paletted, x, y, width, height int) color.RGBA {
	var r, g, b int
	for i := range samples {
		for j := range samples {
			c := img.Palette[img.ColorIndexAt(
				(samples*x+i)*img.Rect.Dx()/(samples*width),
				(samples*y+j)*img.Rect.Dy()/(samples*height),
			)].(color.RGBA)
			r, g, b = r+int(c.R), g+int(c.G), b+int(c.B)
		}
	}
	const n = samples * samples
	return color.RGBA{uint8(r / n), uint8(g / n), uint8(b / n), 255}
}
