package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"

	"golang.org/x/mod/modfile"
)

// A module is a module of the workspace.
type module struct {
	dir      string // slash-separated, relative to the root
	path     string
	file     *modfile.File
	siblings []*module // required by its go.mod
}

// tag returns the name of the tag that makes version of the module known to the go command.
func (m *module) tag(version string) string { return path.Join(m.dir, version) }

// loadModules reads the modules named in root's go.work and returns them sorted so that each comes after the
// siblings that it requires.
func loadModules(root string) ([]*module, error) {
	name := filepath.Join(root, "go.work")
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	work, err := modfile.ParseWork(name, data, nil)
	if err != nil {
		return nil, err
	}
	byPath := make(map[string]*module)
	var all []*module
	for _, use := range work.Use {
		m := &module{dir: path.Clean(filepath.ToSlash(use.Path))}
		name := filepath.Join(root, m.dir, "go.mod")
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if m.file, err = modfile.Parse(name, data, nil); err != nil {
			return nil, err
		}
		m.path = m.file.Module.Mod.Path
		byPath[m.path] = m
		all = append(all, m)
	}
	for _, m := range all {
		for _, require := range m.file.Require {
			if sibling := byPath[require.Mod.Path]; sibling != nil {
				m.siblings = append(m.siblings, sibling)
			}
		}
	}
	return inOrder(all)
}

// inOrder sorts modules so that each comes after its siblings; otherwise their order stays.
func inOrder(all []*module) ([]*module, error) {
	var sorted []*module
	for len(sorted) < len(all) {
		next := slices.IndexFunc(all, func(m *module) bool {
			return !slices.Contains(sorted, m) && !slices.ContainsFunc(m.siblings, func(s *module) bool {
				return !slices.Contains(sorted, s)
			})
		})
		if next < 0 {
			return nil, fmt.Errorf("modules require each other in a circle; in order are %d of %d", len(sorted), len(all))
		}
		sorted = append(sorted, all[next])
	}
	return sorted, nil
}
