package main

import (
	"fmt"
	"go/ast"
	"io"
	"slices"
	"strings"

	"github.com/rserpool-go/rserpool/internal/checks/source"
)

// irregular are past participles without -ed that are no present form of a verb.
var irregular = strings.Fields(`
	begun bought broken brought built caught chosen done drawn driven eaten fallen felt forbidden forgotten found frozen
	given gone gotten grown heard held hidden kept known laid led left lent lost made meant met overtaken paid
	proven rebuilt redone resent rewritten risen said seen sent shown sold sought spent spoken stolen stood stuck swept
	taken taught thought thrown told torn understood undone unheard unknown unseen unsent withdrawn woken won worn
	written`)

// presentEd are verbs in the present that end with -ed, and nouns and adjectives.
var presentEd = strings.Fields("bed bleed breed embed exceed feed heed need proceed red seed shed speed succeed weed")

// isParticiple reports whether the name of a function is a single past participle.
func isParticiple(name string) bool {
	if name == "" || name[1:] != strings.ToLower(name[1:]) {
		return false
	}
	word := strings.ToLower(name)
	return slices.Contains(irregular, word) || strings.HasSuffix(word, "ed") && !slices.Contains(presentEd, word)
}

// participles returns functions and methods of f that are named by a past participle, each with its position.
func participles(f *source.File) []string {
	var found []string
	report := func(name *ast.Ident) {
		if isParticiple(name.Name) {
			found = append(found, f.Place(name.Pos())+": "+name.Name)
		}
	}
	ast.Inspect(f.Syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			report(n.Name)
		case *ast.InterfaceType:
			for _, method := range n.Methods.List {
				for _, name := range method.Names {
					report(name)
				}
			}
		}
		return true
	})
	return found
}

// writeParticiples writes the number of functions named by a past participle in each module, and the functions.
func writeParticiples(out io.Writer, tree *source.Tree) {
	found := make(map[string][]string)
	for _, f := range tree.Files {
		if f.IsPlain() {
			found[f.Module] = append(found[f.Module], participles(f)...)
		}
	}
	for _, module := range slices.Sorted(slices.Values(tree.Modules)) {
		fmt.Fprintf(out, "participles as function names: %3d in %s\n", len(found[module]), module)
		for _, name := range found[module] {
			fmt.Fprintf(out, "\t%s\n", name)
		}
	}
}
