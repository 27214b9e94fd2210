package corpus

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// prefix is the import path of the root of the repository, with a slash.
const prefix = "github.com/rserpool-go/rserpool/"

// A Target is a fuzz target.
type Target struct {
	Folder string // of its package, from the root of the repository
	Name   string // of its function
}

// String returns folder and name with a dot between them.
func (t Target) String() string { return t.Folder + "." + t.Name }

// importPath returns the import path of the package.
func (t Target) importPath() string { return prefix + t.Folder }

// corpus returns the folder with the seeds, from the root of the repository.
func (t Target) corpus() string { return path.Join(t.Folder, "testdata", "fuzz", t.Name) }

// Targets returns the fuzz targets in the source below root, by folder and name.
func Targets(root string) ([]Target, error) {
	var out []Target
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != root && strings.HasPrefix(d.Name(), "."):
			return filepath.SkipDir
		case !strings.HasSuffix(d.Name(), "_test.go"):
			return nil
		}
		folder, err := filepath.Rel(root, filepath.Dir(name))
		if err != nil {
			return err
		}
		names, err := fuzzFunctions(name)
		for _, target := range names {
			out = append(out, Target{Folder: filepath.ToSlash(folder), Name: target})
		}
		return err
	})
	slices.SortFunc(out, func(a, b Target) int { return strings.Compare(a.String(), b.String()) })
	return out, err
}

// fuzzFunctions returns the names of the fuzz targets in a file.
func fuzzFunctions(name string) (names []string, err error) {
	b, err := os.ReadFile(name)
	if err != nil || !strings.Contains(string(b), "*testing.F)") {
		return nil, err
	}
	f, err := parser.ParseFile(token.NewFileSet(), name, b, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, decl := range f.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Fuzz") && len(fn.Type.Params.List) == 1 {
			names = append(names, fn.Name.Name)
		}
	}
	return names, nil
}

// A file is a seed in a folder.
type file struct {
	name string
	text []byte
}

// readSeeds returns the seed files in a folder by name, none if there is no folder.
func readSeeds(folder string) ([]file, error) {
	entries, err := os.ReadDir(folder)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []file
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return nil, err
		}
		out = append(out, file{e.Name(), text})
	}
	return out, nil
}
