package main

import (
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strconv"
)

// checkPurity reports clocks, goroutines, channels, locks, I/O and global randomness in pure code.
func (c *file) checkPurity() {
	slogAllowed, ok := c.isPure()
	if !ok {
		return
	}
	names := c.importNames()
	for _, spec := range c.Syntax.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		if slogAllowed && imported == "log/slog" {
			continue
		}
		if slices.Contains(impureImports, imported) {
			c.report(spec.Pos(), "pure code must not import %s", imported)
		}
	}
	ast.Inspect(c.Syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			c.report(n.Pos(), "pure code must not start a goroutine")
		case *ast.ChanType:
			c.report(n.Pos(), "pure code must not use a channel")
		case *ast.SelectStmt:
			c.report(n.Pos(), "pure code must not wait")
		case *ast.UnaryExpr:
			if n.Op == token.ARROW {
				c.report(n.Pos(), "pure code must not wait")
			}
		case *ast.SelectorExpr:
			c.checkCall(n, names)
		}
		return true
	})
}

// checkCall reports uses of the clock and of the global random generator; names maps local names to import paths.
func (c *file) checkCall(sel *ast.SelectorExpr, names map[string]string) {
	x, ok := sel.X.(*ast.Ident)
	if !ok {
		return
	}
	switch imported := names[x.Name]; {
	case imported == "time" && slices.Contains(clock, sel.Sel.Name):
		c.report(sel.Pos(), "pure code must not call time.%s: the caller says what time it is", sel.Sel.Name)
	case imported == "math/rand/v2" && !slices.Contains(seeded, sel.Sel.Name):
		c.report(sel.Pos(), "pure code must not call rand.%s: it takes a *rand.Rand", sel.Sel.Name)
	}
}

// isPure reports whether the file must be pure, and if so, whether it may import log/slog.
func (c *file) isPure() (slogAllowed, ok bool) {
	if c.Test {
		return false, false
	}
	for _, p := range pure {
		if !within(c.Dir, p.path) {
			continue
		}
		excepted := slices.ContainsFunc(p.except, func(pattern string) bool {
			match, err := path.Match(pattern, path.Base(c.Name))
			return match && err == nil
		})
		return p.slog, !excepted
	}
	return false, false
}

// importNames maps the names under which packages are known in this file to their import paths.
func (c *file) importNames() map[string]string {
	names := make(map[string]string)
	for _, spec := range c.Syntax.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		name := path.Base(imported)
		if imported == "math/rand/v2" {
			name = "rand"
		}
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = imported
	}
	return names
}
