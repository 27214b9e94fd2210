package cli

import (
	"os"

	"golang.org/x/term"
)

// Width returns the columns of the terminal of a file, 0 if the file is no terminal or the width is
// unknown.
func Width(file *os.File) int {
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return width
}
