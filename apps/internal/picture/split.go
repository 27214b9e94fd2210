package picture

import (
	"image"
	"math"
)

// Split cuts an area of width x height points into at most n tiles, as RSPLIB does: the square root
// of n, rounded down, is the number of rows and of tiles in a row, and the last row has the rest.
// The tiles cover the whole area, and none is empty: an area with fewer points than n has fewer tiles.
func Split(width, height, n int) []image.Rectangle {
	rows := int(math.Sqrt(float64(n)))
	var tiles []image.Rectangle
	for row := range rows {
		columns := rows
		if row == rows-1 {
			columns = n - rows*row
		}
		for column := range columns {
			tile := image.Rect(
				column*width/columns, row*height/rows,
				(column+1)*width/columns, (row+1)*height/rows,
			)
			if !tile.Empty() {
				tiles = append(tiles, tile)
			}
		}
	}
	return tiles
}
