package main

import "go/ast"

// checkSize reports files and functions that are longer than the limits. Generated files are exempt.
func (c *file) checkSize() {
	if ast.IsGenerated(c.tree) {
		return
	}
	if c.lines > maxFileLines {
		c.report(c.tree.Package, "file has %d lines, more than %d", c.lines, maxFileLines)
	}
	for _, decl := range c.tree.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		lines := c.fset.Position(f.End()).Line - c.fset.Position(f.Pos()).Line + 1
		if lines > maxFuncLines {
			c.report(f.Pos(), "function %s has %d lines, more than %d", f.Name.Name, lines, maxFuncLines)
		}
	}
}
