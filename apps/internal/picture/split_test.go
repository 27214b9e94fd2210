package picture_test

import (
	"image"
	"slices"
	"testing"

	"github.com/rserpool-go/rserpool/apps/internal/picture"
)

// TestSplit compares with the arrangement of RSPLIB.
func TestSplit(t *testing.T) {
	t.Parallel()
	for n, want := range map[int][]image.Rectangle{
		1: {image.Rect(0, 0, 80, 60)},
		2: {image.Rect(0, 0, 40, 60), image.Rect(40, 0, 80, 60)},
		4: {image.Rect(0, 0, 40, 30), image.Rect(40, 0, 80, 30), image.Rect(0, 30, 40, 60), image.Rect(40, 30, 80, 60)},
		6: {
			image.Rect(0, 0, 40, 30), image.Rect(40, 0, 80, 30),
			image.Rect(0, 30, 20, 60), image.Rect(20, 30, 40, 60), image.Rect(40, 30, 60, 60), image.Rect(60, 30, 80, 60),
		},
	} {
		if got := picture.Split(80, 60, n); !slices.Equal(got, want) {
			t.Errorf("%d tiles: got %v, want %v", n, got, want)
		}
	}
	if got := picture.Split(80, 60, 0); len(got) != 0 {
		t.Errorf("no tiles: got %v", got)
	}
}

// TestSplitCovers asserts that each point is in one tile: no strip stays blank if the width is no
// multiple of the columns, and there are no empty tiles if there are more tiles than points (fault 16
// of RSPLIB).
func TestSplitCovers(t *testing.T) {
	t.Parallel()
	for _, size := range []image.Point{{64, 64}, {401, 251}, {1, 1}, {2, 7}, {7, 2}, {13, 5}} {
		for n := 1; n <= 512; n++ {
			seen := make([]int, size.X*size.Y)
			tiles := picture.Split(size.X, size.Y, n)
			for _, tile := range tiles {
				if tile.Empty() {
					t.Fatalf("%v, %d tiles: %v is empty", size, n, tile)
				}
				for y := tile.Min.Y; y < tile.Max.Y; y++ {
					for x := tile.Min.X; x < tile.Max.X; x++ {
						seen[y*size.X+x]++
					}
				}
			}
			if len(tiles) > n || slices.Min(seen) != 1 || slices.Max(seen) != 1 {
				t.Fatalf("%v: %d of %d tiles, points covered from %d to %d times", size, len(tiles), n, slices.Min(seen), slices.Max(seen))
			}
		}
	}
}
