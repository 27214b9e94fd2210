package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// An importGraph maps each package of the workspace and each of their dependencies to its imports. The imports of tests
// are left out.
type importGraph map[string][]string

// loadImports asks the go command for the graph of the workspace at root.
func loadImports(root string) (importGraph, error) {
	workspace, err := filepath.Abs(filepath.Join(root, "go.work"))
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Imports", "work")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOWORK="+workspace)
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, strings.TrimSpace(string(exit.Stderr)))
		}
		return nil, fmt.Errorf("%s: %w", strings.Join(cmd.Args, " "), err)
	}
	graph := make(importGraph)
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return graph, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", strings.Join(cmd.Args, " "), err)
		}
		graph[p.ImportPath] = p.Imports
	}
}

// checkReach reports packages that the rows forbid and that are reached nevertheless, each with the shortest chain of
// imports. It also reports rows without a package.
func (g importGraph) checkReach(rows []reach) []string {
	var found []string
	for _, row := range rows {
		isUsed := false
		for _, from := range slices.Sorted(maps.Keys(g)) {
			dir, isOurs := strings.CutPrefix(from, prefix)
			if !isOurs || !row.appliesTo(dir) {
				continue
			}
			isUsed = true
			for _, never := range row.never {
				if chain := g.chain(from, never); chain != nil {
					found = append(found, fmt.Sprintf("%s: must not reach %s: %s", dir, never, showChain(chain)))
				}
			}
		}
		if !isUsed {
			found = append(found, fmt.Sprintf("internal/checks/cmd/housecheck/rules.go: no package for the row of %s in reaches", row.from))
		}
	}
	return found
}

// chain returns the shortest chain of imports from a package to a package at or below the path never, nil without such
// a chain.
func (g importGraph) chain(from, never string) []string {
	before := map[string]string{from: ""}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		for _, next := range g[queue[0]] {
			if _, seen := before[next]; seen {
				continue
			}
			before[next] = queue[0]
			if isForbidden(next, never) {
				var chain []string
				for p := next; p != ""; p = before[p] {
					chain = append(chain, p)
				}
				slices.Reverse(chain)
				return chain
			}
			queue = append(queue, next)
		}
	}
	return nil
}

// isForbidden reports whether an element of reach.never covers the import path.
func isForbidden(path, never string) bool {
	dir, isOurs := strings.CutPrefix(path, prefix)
	switch {
	case never == anyModule:
		return isExternal(path)
	case isExternal(never):
		return within(path, never)
	default:
		return isOurs && within(dir, never)
	}
}

// showChain returns the chain with the folders of our packages.
func showChain(chain []string) string {
	var names []string
	for _, p := range chain {
		names = append(names, strings.TrimPrefix(p, prefix))
	}
	return strings.Join(names, " -> ")
}
