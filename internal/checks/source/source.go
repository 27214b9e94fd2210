// Package source reads a repository: its modules, its Go files and its Markdown documents.
package source

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// A Tree is a repository. Names are slash-separated and relative to its root. Files and documents are in lexical order.
//
// Folders that the go command ignores (".x", "_x", vendor) are left out. Folders named testdata contribute their
// documents only, because their Go files are input of tests.
type Tree struct {
	Modules   []string // folders that hold a go.mod
	Files     []*File
	Documents []*Document
}

// A File is a parsed Go file.
type File struct {
	Name, Dir string
	Module    string // folder of the module, "." without a go.mod above the file
	Test      bool
	Lines     int
	Fset      *token.FileSet
	Syntax    *ast.File
}

// A Document is a Markdown file.
type Document struct {
	Name, Text string
}

// Read reads the tree below root. A Go file that does not parse is an error.
func Read(root fs.FS) (*Tree, error) {
	t := new(Tree)
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && isIgnored(name):
			return fs.SkipDir
		case entry.IsDir():
			return nil
		}
		return t.add(root, name)
	})
	if err != nil {
		return nil, err
	}
	for _, f := range t.Files {
		f.Module = t.moduleOf(f.Dir)
	}
	return t, nil
}

// add reads the file called name, if its kind is of interest.
func (t *Tree) add(root fs.FS, name string) error {
	var isGo, isModule, isDocument bool
	if !slices.Contains(strings.Split(name, "/"), "testdata") {
		isGo, isModule = path.Ext(name) == ".go", path.Base(name) == "go.mod"
	}
	isDocument = path.Ext(name) == ".md"
	if isModule {
		t.Modules = append(t.Modules, path.Dir(name))
	}
	if !isGo && !isDocument {
		return nil
	}
	data, err := fs.ReadFile(root, name)
	if err != nil {
		return err
	}
	if isDocument {
		t.Documents = append(t.Documents, &Document{Name: name, Text: string(data)})
		return nil
	}
	f, err := parse(name, data)
	if err != nil {
		return err
	}
	t.Files = append(t.Files, f)
	return nil
}

// parse parses the Go file called name.
func parse(name string, src []byte) (*File, error) {
	f := &File{
		Name: name, Dir: path.Dir(name), Test: strings.HasSuffix(name, "_test.go"),
		Lines: bytes.Count(src, []byte("\n")), Fset: token.NewFileSet(),
	}
	var err error
	f.Syntax, err = parser.ParseFile(f.Fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	return f, err
}

// moduleOf returns the module with the longest path among the modules that contain dir.
func (t *Tree) moduleOf(dir string) string {
	for ; dir != "."; dir = path.Dir(dir) {
		if slices.Contains(t.Modules, dir) {
			return dir
		}
	}
	return dir
}

// isIgnored reports whether the folder called name is outside of the tree.
func isIgnored(name string) bool {
	base := path.Base(name)
	return name != "." && (base[0] == '.' || base[0] == '_' || base == "vendor")
}

// Line returns the line of pos.
func (f *File) Line(pos token.Pos) int {
	return f.Fset.Position(pos).Line
}

// Place returns "file:line" of pos.
func (f *File) Place(pos token.Pos) string {
	return fmt.Sprintf("%s:%d", f.Name, f.Line(pos))
}

// IsPlain reports whether f is written by hand and linked into programs or libraries: neither a test nor generated.
func (f *File) IsPlain() bool {
	return !f.Test && !ast.IsGenerated(f.Syntax)
}
