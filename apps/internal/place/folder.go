package place

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed own/*.fsf
var own embed.FS

// Own returns the places of our own, by name.
func Own() []Place {
	files, err := fs.Glob(own, "own/*.fsf")
	if err != nil {
		panic("BUG: " + err.Error())
	}
	var places []Place
	for _, name := range files {
		place, err := open(own, name)
		if err != nil {
			panic("BUG: " + err.Error())
		}
		places = append(places, place)
	}
	return places
}

// MaxFiles is the number of parameter files of a folder at most.
const MaxFiles = 10000

// Folder returns the places of the files *.fsf and *.fgp in a folder, by name. It passes the error of
// a file that is no parameter file to bad, and goes on. It fails if there is no good file.
func Folder(dir string, bad func(error)) ([]Place, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	entries = slices.DeleteFunc(entries, func(e os.DirEntry) bool {
		extension := strings.ToLower(filepath.Ext(e.Name()))
		return extension != ".fsf" && extension != ".fgp"
	})
	if len(entries) > MaxFiles {
		return nil, fmt.Errorf("%s: %d parameter files, more than %d", dir, len(entries), MaxFiles)
	}
	var places []Place
	for _, e := range entries {
		place, err := File(filepath.Join(dir, e.Name()))
		if err != nil {
			bad(err)
			continue
		}
		places = append(places, place)
	}
	if len(places) == 0 {
		return nil, fmt.Errorf("%s: no parameter file (*.fsf or *.fgp) that can be read", dir)
	}
	return places, nil
}

// File returns the place of a parameter file.
func File(name string) (Place, error) {
	return open(os.DirFS(filepath.Dir(name)), filepath.Base(name))
}

// open reads a file. Pipes and devices are refused: opening them might wait.
func open(fsys fs.FS, name string) (Place, error) {
	info, err := fs.Stat(fsys, name)
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("not a regular file")}
	}
	if err != nil {
		return Place{}, err
	}
	f, err := fsys.Open(name)
	if err != nil {
		return Place{}, err
	}
	defer f.Close()
	order, err := Parse(f)
	if err != nil {
		return Place{}, fmt.Errorf("%s: %w", name, err)
	}
	return Place{Name: strings.TrimSuffix(path.Base(name), path.Ext(name)), Order: order}, nil
}
