package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// readme returns the text of the README, and the root of the repository.
func readme(t *testing.T) (text, root string) {
	t.Helper()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Skip("not in a clone: ", err)
	}
	return string(data), root
}

// imports are the packages of the examples in the README, by their names.
var imports = map[string]string{
	"asap":      "github.com/rserpool-go/rserpool/asap",
	"context":   "context",
	"registrar": "github.com/rserpool-go/rserpool/registrar",
}

// TestReadmeExamples compiles the examples in the README.
func TestReadmeExamples(t *testing.T) {
	t.Parallel()
	text, root := readme(t)
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(text, -1)
	if len(blocks) < 4 {
		t.Fatalf("%d examples", len(blocks))
	}
	for i, block := range blocks {
		dir := t.TempDir()
		var source strings.Builder
		fmt.Fprintln(&source, "package main")
		for name, path := range imports {
			if regexp.MustCompile(`\b` + name + `\.[A-Z]`).MatchString(block[1]) {
				fmt.Fprintf(&source, "import %q\n", path)
			}
		}
		source.WriteString(block[1] + "\nfunc main() {}\n")
		file := filepath.Join(dir, "main.go")
		if err := os.WriteFile(file, []byte(source.String()), 0o666); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), "go", "vet", file)
		cmd.Dir = root
		cmd.Env = append(os.Environ(), "GOWORK="+filepath.Join(root, "go.work"))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("example %d: %v\n%s", i+1, err, out)
		}
	}
}

// TestReadmeCommands asserts that the programs that are tested here take the command
// lines of the README.
func TestReadmeCommands(t *testing.T) {
	t.Parallel()
	text, _ := readme(t)
	commands := regexp.MustCompile("(?m)(?:^    |`)bin/(rsp[a-z]+)([^`\n]*)").FindAllStringSubmatch(text, -1)
	tested := 0
	for _, command := range commands {
		if _, err := os.Stat(filepath.Join(bin, command[1])); err != nil {
			continue
		}
		p := start(t, command[1], append(strings.Fields(command[2]), "--version")...)
		p.expectEnd(0)
		tested++
	}
	if tested < 5 {
		t.Errorf("%d of %d command lines tested", tested, len(commands))
	}
}
