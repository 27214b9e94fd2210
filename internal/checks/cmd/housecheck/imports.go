package main

import (
	"strconv"
	"strings"
)

// checkImports reports imports that the table of units does not allow.
func (c *file) checkImports() {
	from := unitOf(c.dir)
	if from == nil {
		c.report(c.tree.Package, "folder %s has no row in the table of units (internal/checks/cmd/housecheck/rules.go)", c.dir)
		return
	}
	for _, spec := range c.tree.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // not a string: the compiler says so
		}
		dir, ours := strings.CutPrefix(imported, prefix)
		first, _, _ := strings.Cut(imported, "/")
		switch {
		case ours:
			if to := unitOf(dir); to == nil || !from.mayImport(to) {
				c.report(spec.Pos(), "%s must not import %s", from.path, dir)
			}
		case !strings.Contains(first, "."):
			// The standard library: its paths have no dot in the first element.
		case !c.test && !from.mayImportExternal(imported):
			c.report(spec.Pos(), "%s must not depend on %s", from.path, imported)
		}
	}
}
