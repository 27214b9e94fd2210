// Package references measures in which direction the files of a package refer to each other.
//
// Files that are ordered by layers refer to earlier files only: helpers and types come first, the entry points last. A
// back reference is a reference from an earlier file to a later file. The number of back references in the best order
// shows how far the package is from layers.
package references

import (
	"cmp"
	"fmt"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"

	"golang.org/x/tools/go/packages"
)

// A Graph counts the references between the files of a package.
//
// A reference is an identifier that resolves to an object in another file of the same package: at package level, or a
// field or a method. A method counts where its declaration is.
type Graph struct {
	Package string
	Files   []string // base names, sorted
	Weight  [][]int  // Weight[a][b] references run from Files[a] to Files[b]
}

// Load returns the graphs of the packages that match the patterns of the go command in dir. Tests are left out.
func Load(dir string, patterns ...string) ([]*Graph, error) {
	loaded, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax, Dir: dir}, patterns...)
	if err != nil {
		return nil, err
	}
	var graphs []*Graph
	for _, p := range loaded {
		if len(p.Errors) > 0 {
			return nil, fmt.Errorf("package %s: %w", p.PkgPath, p.Errors[0])
		}
		graphs = append(graphs, newGraph(p))
	}
	slices.SortFunc(graphs, func(a, b *Graph) int { return cmp.Compare(a.Package, b.Package) })
	return graphs, nil
}

// newGraph counts the references in p.
func newGraph(p *packages.Package) *Graph {
	g := &Graph{Package: p.PkgPath}
	for _, name := range p.CompiledGoFiles {
		g.Files = append(g.Files, filepath.Base(name))
	}
	slices.Sort(g.Files)
	for range g.Files {
		g.Weight = append(g.Weight, make([]int, len(g.Files)))
	}
	for identifier, object := range p.TypesInfo.Uses {
		if object.Pkg() != p.Types || !isShared(object) {
			continue
		}
		from, to := g.indexOf(p.Fset, identifier.Pos()), g.indexOf(p.Fset, object.Pos())
		if from >= 0 && to >= 0 && from != to {
			g.Weight[from][to]++
		}
	}
	return g
}

// isShared reports whether other files can refer to object: at package level, a field or a method.
func isShared(object types.Object) bool {
	switch o := object.(type) {
	case *types.Var:
		return o.IsField() || o.Parent() == o.Pkg().Scope()
	case *types.Func:
		return true
	default:
		return o.Parent() == o.Pkg().Scope()
	}
}

// indexOf returns the index of the file that contains pos, and -1 outside of the package.
func (g *Graph) indexOf(fset *token.FileSet, pos token.Pos) int {
	if i, ok := slices.BinarySearch(g.Files, filepath.Base(fset.Position(pos).Filename)); ok {
		return i
	}
	return -1
}

// References returns the number of references between files.
func (g *Graph) References() int {
	sum := 0
	for _, row := range g.Weight {
		for _, n := range row {
			sum += n
		}
	}
	return sum
}
