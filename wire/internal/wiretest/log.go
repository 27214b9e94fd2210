package wiretest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// folders matches the folders in the name of a type's package.
var folders = regexp.MustCompile(`[\w.-]+/`)

// LogTypes returns the keys of package logkey with the types that its comments promise. A
// key without a comment is a flag.
func LogTypes(tb testing.TB) map[string]string {
	tb.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../logkey/logkey.go", nil, parser.ParseComments)
	if err != nil {
		tb.Fatal(err)
	}
	types := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		key, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil || types[key] != "" {
			tb.Errorf("key %s: %v, or it stands twice", key, err)
		}
		typ, _, _ := strings.Cut(strings.TrimSpace(spec.Comment.Text()), ": ")
		if typ == "" {
			typ = "bool"
		}
		types[key] = typ
		return true
	})
	return types
}

// snakeCase matches keys.
var snakeCase = regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)

// CheckLog tests that the attributes of a message have the keys and types of package
// logkey, which types are, and that each key occurs once.
func CheckLog(tb testing.TB, m slog.LogValuer, types map[string]string) {
	tb.Helper()
	seen := map[string]bool{}
	for _, a := range m.LogValue().Group() {
		typ := folders.ReplaceAllString(fmt.Sprintf("%T", a.Value.Any()), "")
		if typ != types[a.Key] || seen[a.Key] || !snakeCase.MatchString(a.Key) {
			tb.Errorf("%T: %s is of type %s, want %s; there before: %v", m, a.Key, typ, types[a.Key], seen[a.Key])
		}
		seen[a.Key] = true
		if kind := a.Value.Resolve().Kind(); kind == slog.KindAny || kind == slog.KindGroup {
			tb.Errorf("%T: %s is logged as a %v", m, a.Key, kind)
		}
	}
}
