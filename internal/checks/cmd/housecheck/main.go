// Housecheck holds the rules of the house that no ready-made linter knows:
//
//   - which packages a package may import, and reach through other packages,
//   - how long files and functions may be,
//   - which functions pure code must not call,
//   - how many headless words the prose of a module or a document may have.
//
// The rules are in rules.go, the reasons in CONTRIBUTING.md.
//
// Usage:
//
//	housecheck [-update] [-v] [root of the repository]
//	housecheck -references [-v] [folder...]
package main

import (
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rserpool-go/rserpool/internal/checks/headless"
	"github.com/rserpool-go/rserpool/internal/checks/references"
	"github.com/rserpool-go/rserpool/internal/checks/source"
)

func main() {
	found, err := run(os.Args[1:], os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "housecheck:", err)
		os.Exit(2)
	}
	if found > 0 {
		fmt.Fprintf(os.Stderr, "housecheck: %d findings\n", found)
		os.Exit(1)
	}
}

// run runs the command line args and returns the number of findings, which it writes to out.
func run(args []string, out io.Writer) (found int, err error) {
	flags := flag.NewFlagSet("housecheck", flag.ContinueOnError)
	flags.SetOutput(out)
	update := flags.Bool("update", false, "lower the figures in "+headless.TableName)
	verbose := flags.Bool("v", false, "show all figures, not only findings")
	report := flags.Bool("references", false, "report the direction of references between the files of each package")
	if err := flags.Parse(args); err != nil {
		return 0, err
	}
	if *report {
		return 0, reportReferences(out, flags.Args(), *verbose)
	}
	if flags.NArg() > 1 {
		return 0, fmt.Errorf("%d folders given, want one root", flags.NArg())
	}
	root := "."
	if flags.NArg() == 1 {
		root = flags.Arg(0)
	}
	return check(root, out, *update, *verbose)
}

// check applies all rules to the repository at root.
func check(root string, out io.Writer, update, verbose bool) (int, error) {
	tree, err := source.Read(os.DirFS(root))
	if err != nil {
		return 0, err
	}
	graph, err := loadImports(root)
	if err != nil {
		return 0, err
	}
	table, err := headless.ReadTable(os.DirFS(root))
	if err != nil {
		return 0, err
	}
	places := headless.Measure(tree)
	if update {
		table.Lower(places)
		name := filepath.Join(root, filepath.FromSlash(headless.TableName))
		if err := os.WriteFile(name, []byte(table.String()), 0o644); err != nil {
			return 0, err
		}
	}
	found := checkFiles(tree)
	found = append(found, graph.checkReach(reaches)...)
	found = append(found, headless.Check(places, table)...)
	for _, f := range found {
		fmt.Fprintln(out, f)
	}
	if verbose {
		writePlaces(out, places)
		writeParticiples(out, tree)
	}
	fmt.Fprintln(out, headless.Summary(places))
	return len(found), nil
}

// checkFiles applies the rules for single Go files and returns the findings ("file:line: text") in order of the files.
func checkFiles(tree *source.Tree) []string {
	var found []string
	for _, f := range tree.Files {
		c := file{File: f}
		c.checkImports()
		c.checkSize()
		c.checkPurity()
		found = append(found, c.found...)
	}
	return found
}

// writePlaces writes the density of headless words in each module and document.
func writePlaces(out io.Writer, places []*headless.Place) {
	for _, p := range places {
		fmt.Fprintf(out, "headless words: %5s per 1,000 in %s (%d in %d)\n", p.Density(), p.Name, p.Headless, p.Words)
	}
}

// reportReferences reports on the packages in the given folders, and without a folder on the whole workspace.
func reportReferences(out io.Writer, folders []string, details bool) error {
	patterns := []string{"work"}
	if len(folders) > 0 {
		patterns = nil
	}
	for _, folder := range folders {
		// The go command takes a path without a leading dot for an import path.
		if fs.ValidPath(folder) {
			folder = "./" + folder
		}
		patterns = append(patterns, folder)
	}
	graphs, err := references.Load(".", patterns...)
	if err != nil {
		return err
	}
	return references.Report(out, graphs, prefix, details)
}
