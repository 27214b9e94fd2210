package main

import (
	"strconv"
	"strings"
)

// checkImports reports imports that the table of units does not allow.
func (c *file) checkImports() {
	from := unitOf(c.Dir)
	if from == nil {
		c.report(c.Syntax.Package, "folder %s has no row in the table of units (internal/checks/cmd/housecheck/rules.go)", c.Dir)
		return
	}
	for _, spec := range c.Syntax.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // the compiler reports it
		}
		dir, ours := strings.CutPrefix(imported, prefix)
		switch {
		case ours:
			if to := unitOf(dir); to == nil || !from.mayImport(to) {
				c.report(spec.Pos(), "%s must not import %s", from.path, dir)
			}
		case isExternal(imported) && !c.Test && !from.mayImportExternal(imported):
			c.report(spec.Pos(), "%s must not depend on %s", from.path, imported)
		}
	}
}
