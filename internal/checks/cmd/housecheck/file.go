package main

import (
	"fmt"
	"go/token"

	"github.com/rserpool-go/rserpool/internal/checks/source"
)

// A file is a source file under check.
type file struct {
	*source.File
	found []string
}

// report adds a finding at the position of pos.
func (c *file) report(pos token.Pos, format string, args ...any) {
	c.found = append(c.found, c.Place(pos)+": "+fmt.Sprintf(format, args...))
}
