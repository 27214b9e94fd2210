// Housecheck holds the rules of the house that no ready-made linter knows: which module may import which, how long files
// and functions may be, and what pure code must not call. The rules are in rules.go, the reasons in CONTRIBUTING.md.
//
// Usage: housecheck [root of the repository]
package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

func main() {
	root := "."
	if len(os.Args) > 1 {
		root = os.Args[1]
	}
	found, files, err := checkTree(os.DirFS(root))
	if err != nil {
		fmt.Fprintln(os.Stderr, "housecheck:", err)
		os.Exit(2)
	}
	for _, f := range found {
		fmt.Println(f)
	}
	if len(found) > 0 {
		fmt.Fprintf(os.Stderr, "housecheck: %d findings in %d files\n", len(found), files)
		os.Exit(1)
	}
}

// checkTree applies all rules to every Go file below root and returns the findings ("file:line: text") in order of the
// files, and the number of files looked at.
func checkTree(root fs.FS) (found []string, files int, err error) {
	err = fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := entry.Name()
		if entry.IsDir() {
			if name != "." && (base[0] == '.' || base[0] == '_' || base == "testdata" || base == "vendor") {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(base) != ".go" {
			return nil
		}
		src, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		c, err := parse(name, src)
		if err != nil {
			return err
		}
		files++
		c.checkImports()
		c.checkSize()
		c.checkPurity()
		found = append(found, c.found...)
		return nil
	})
	return found, files, err
}

// A file is one source file under check.
type file struct {
	name, dir string // slash-separated, relative to the root
	test      bool
	lines     int
	fset      *token.FileSet
	tree      *ast.File
	found     []string
}

// parse reads one source file; name is relative to the root of the repository.
func parse(name string, src []byte) (*file, error) {
	name = filepath.ToSlash(name)
	c := &file{
		name: name, dir: path.Dir(name), test: strings.HasSuffix(name, "_test.go"),
		lines: bytes.Count(src, []byte("\n")), fset: token.NewFileSet(),
	}
	var err error
	c.tree, err = parser.ParseFile(c.fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	return c, err
}

// report adds a finding at the position of pos.
func (c *file) report(pos token.Pos, format string, args ...any) {
	c.found = append(c.found, fmt.Sprintf("%s:%d: %s", c.name, c.fset.Position(pos).Line, fmt.Sprintf(format, args...)))
}
