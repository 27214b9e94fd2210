package cli

import "fmt"

// Count returns a number of things in words, such as 1 line and 2 lines.
func Count[N int | uint64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
