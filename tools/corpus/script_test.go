package corpus_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// scriptTarget is the source of a target with a body.
const scriptTarget = `package csp

import (
	"os"
	"slices"
	"testing"
)

func FuzzParse(f *testing.F) {
	f.Add([]byte("a"))
	f.Fuzz(func(t *testing.T, b []byte) { %s })
}

var _ = slices.Contains(os.Args, "")
`

// fuzzScript runs scripts/fuzz in a repository with a single target, and returns what it prints.
func fuzzScript(t *testing.T, body string) (output string, at string, err error) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	at = t.TempDir()
	script, err := os.ReadFile(filepath.Join(root, "scripts/fuzz"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"scripts/fuzz":                        string(script),
		"go.work":                             "go 1.26.0\n\nuse ./csp\n",
		"csp/go.mod":                          "module github.com/rserpool-go/rserpool/csp\n\ngo 1.26.0\n",
		"csp/parse.go":                        "package csp\n",
		"csp/parse_test.go":                   fmt.Sprintf(scriptTarget, body),
		"csp/testdata/fuzz/FuzzParse/by-hand": seedText("!"),
	} {
		appendTo(t, filepath.Join(at, name), text)
	}
	cmd := exec.CommandContext(t.Context(), bash, filepath.Join(at, "scripts/fuzz"), "2s")
	cmd.Env = append(os.Environ(), "GOWORK=", "FUZZFLAGS=-test.parallel=1", "FUZZCACHE=")
	var b bytes.Buffer
	cmd.Stdout, cmd.Stderr = &b, &b
	err = cmd.Run()
	return b.String(), at, err
}

func TestScript(t *testing.T) {
	t.Parallel()
	output, _, err := fuzzScript(t, "_ = b")
	if err != nil || !strings.HasSuffix(output, "\nfuzz: 1 passed, 0 failed\n") {
		t.Errorf("%v\n%s", err, output)
	}
}

// TestScriptFind asserts that a finding fails the run, and that its input is kept, named, and fails again.
func TestScriptFind(t *testing.T) {
	t.Parallel()
	output, at, err := fuzzScript(t, `
		if len(b) > 1 {
			t.Error("too long")
		}`)
	kept := regexp.MustCompile(`fuzz: input kept: (.*)\n`).FindStringSubmatch(output)
	if err == nil || kept == nil || !strings.HasSuffix(output, "\nfuzz: 0 passed, 1 failed\n") {
		t.Fatalf("%v\n%s", err, output)
	}
	text, err := os.ReadFile(kept[1])
	if err != nil || filepath.Dir(kept[1]) != filepath.Join(at, "csp/testdata/fuzz/FuzzParse") || !strings.Contains(output, string(text)) {
		t.Errorf("%v\n%s", err, output)
	}
	again := exec.CommandContext(t.Context(), "go", "test", "./csp")
	again.Dir, again.Env = at, append(os.Environ(), "GOWORK=")
	if b, err := again.CombinedOutput(); err == nil || !strings.Contains(string(b), "too long") {
		t.Errorf("again: %v\n%s", err, b)
	}
}

// TestScriptSeed asserts that a seed on which the target fails is named.
func TestScriptSeed(t *testing.T) {
	t.Parallel()
	output, at, err := fuzzScript(t, `
		if string(b) == "!" {
			t.Error("not this")
		}`)
	seed := filepath.Join(at, "csp/testdata/fuzz/FuzzParse/by-hand")
	if err == nil || !strings.Contains(output, "fuzz: input of the corpus: "+seed+"\n") || !strings.Contains(output, "not this") {
		t.Errorf("%v\n%s", err, output)
	}
}

// TestScriptUnconfirmed asserts that the end of a worker that its input does not repeat is told with the input, and does not
// fail the run.
func TestScriptUnconfirmed(t *testing.T) {
	t.Parallel()
	output, _, err := fuzzScript(t, `
		if len(b) > 1 && slices.Contains(os.Args, "-test.fuzzworker") {
			os.Exit(3)
		}`)
	if err != nil || !strings.Contains(output, "fuzz: input kept: ") || !strings.HasSuffix(output, "\nfuzz: 0 passed, 0 failed, 1 unconfirmed\n") {
		t.Errorf("%v\n%s", err, output)
	}
}
