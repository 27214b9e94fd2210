package main

import "go/ast"

// checkSize reports files and functions that are longer than the limits. Generated files are exempt.
func (c *file) checkSize() {
	if ast.IsGenerated(c.Syntax) {
		return
	}
	if c.Lines > maxFileLines {
		c.report(c.Syntax.Package, "file has %d lines, more than %d", c.Lines, maxFileLines)
	}
	for _, decl := range c.Syntax.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		lines := c.Line(f.End()) - c.Line(f.Pos()) + 1
		if lines > maxFuncLines {
			c.report(f.Pos(), "function %s has %d lines, more than %d", f.Name.Name, lines, maxFuncLines)
		}
	}
}
