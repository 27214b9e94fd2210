package headless

import (
	"fmt"
	"math"
	"strconv"
)

// A Density is a number of headless words in 10,000 words of prose. Its text is per 1,000 words, with a decimal.
type Density int

// Limit is the density that a place without a row in the table stays below: 10 headless words per 1,000.
const Limit Density = 100

// density returns the rounded density of headless words among words, and 0 without words.
func density(headless, words int) Density {
	if words == 0 {
		return 0
	}
	return Density(math.Round(10_000 * float64(headless) / float64(words)))
}

// parseDensity reads the text of a density.
func parseDensity(s string) (Density, error) {
	perThousand, err := strconv.ParseFloat(s, 64)
	if err != nil || perThousand < 0 || perThousand > 1000 {
		return 0, fmt.Errorf("%q is no density per 1,000 words", s)
	}
	return Density(math.Round(10 * perThousand)), nil
}

// String returns d per 1,000 words.
func (d Density) String() string {
	return fmt.Sprintf("%d.%d", d/10, d%10)
}
