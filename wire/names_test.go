package wire_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// stringers make a value of the types of constants that have names.
var stringers = map[string]func(uint64) fmt.Stringer{
	"wire.ParamType":       func(v uint64) fmt.Stringer { return wire.ParamType(v) },
	"wire.Protocol":        func(v uint64) fmt.Stringer { return wire.Protocol(v) },
	"wire.TransportUse":    func(v uint64) fmt.Stringer { return wire.TransportUse(v) },
	"wire.PolicyType":      func(v uint64) fmt.Stringer { return wire.PolicyType(v) },
	"wire.CauseCode":       func(v uint64) fmt.Stringer { return wire.CauseCode(v) },
	"wire.Action":          func(v uint64) fmt.Stringer { return wire.Action(v) },
	"asapmsg.Type":         func(v uint64) fmt.Stringer { return asapmsg.Type(v) },
	"enrpmsg.Type":         func(v uint64) fmt.Stringer { return enrpmsg.Type(v) },
	"enrpmsg.UpdateAction": func(v uint64) fmt.Stringer { return enrpmsg.UpdateAction(v) },
}

// constant is a typed constant in the source of this module.
type constant struct {
	typ, name string
	value     uint64
}

// constants finds the typed constants with a number for a value in the packages.
func constants(t *testing.T) (out []constant) {
	t.Helper()
	for _, pattern := range []string{"*.go", "asapmsg/*.go", "enrpmsg/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if spec, ok := n.(*ast.ValueSpec); ok {
					out = appendConstant(out, file.Name.Name, spec)
				}
				return true
			})
		}
	}
	return out
}

func appendConstant(to []constant, pkg string, spec *ast.ValueSpec) []constant {
	if len(spec.Values) != 1 {
		return to
	}
	typ, isTyped := spec.Type.(*ast.Ident)
	lit, isNumber := spec.Values[0].(*ast.BasicLit)
	if !isTyped || !isNumber || !typ.IsExported() {
		return to
	}
	v, err := strconv.ParseUint(lit.Value, 0, 64)
	if err != nil {
		return to
	}
	return append(to, constant{pkg + "." + typ.Name, spec.Names[0].Name, v})
}

// Every constant of a type with a String method has a name of its own there, and other
// values have their number.
func TestNames(t *testing.T) {
	t.Parallel()
	all := constants(t)
	perType := map[string]map[string]bool{}
	for _, c := range all {
		if c.typ == "wire.PolicyFields" {
			continue
		}
		of, ok := stringers[c.typ]
		if !ok {
			t.Errorf("%s: the type %s is not in this test", c.name, c.typ)
			continue
		}
		name := of(c.value).String()
		if strings.ContainsAny(name, "(") || name == "" {
			t.Errorf("%s: no name but %q", c.name, name)
		}
		if perType[c.typ] == nil {
			perType[c.typ] = map[string]bool{}
		}
		if perType[c.typ][name] {
			t.Errorf("%s: %q is taken", c.name, name)
		}
		perType[c.typ][name] = true
	}
	if len(all) < 85 {
		t.Errorf("only %d constants found", len(all))
	}
	for typ, of := range stringers {
		if strings.HasSuffix(typ, ".Protocol") || strings.HasSuffix(typ, ".Action") {
			continue // The former are defined by parameter types; the latter has no other value.
		}
		if len(perType[typ]) < 2 {
			t.Errorf("%s: %d constants", typ, len(perType[typ]))
		}
		if s := of(0xfe).String(); !strings.Contains(s, "fe)") && !strings.Contains(s, "254)") {
			t.Errorf("%s: an unknown value is %q", typ, s)
		}
	}
	for _, p := range []wire.Protocol{wire.DCCP, wire.SCTP, wire.TCP, wire.UDP, wire.UDPLite, wire.Opaque} {
		if s := p.String(); strings.Contains(s, "(") {
			t.Errorf("no name but %q", s)
		}
	}
}

func TestIdentifierStrings(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		value fmt.Stringer
		want  string
	}{
		{wire.PEID(0xbeef), "0x0000beef"},
		{wire.ServerID(0), "0x00000000"},
		{wire.PoolHandle("EchoPool"), "EchoPool"},
		{wire.PoolHandle("Ströme"), "Ströme"},
		{wire.PoolHandle("\x00\xff"), `"\x00\xff"`},
		{wire.PoolHandle("a\nb"), `"a\nb"`},
		{wire.PoolHandle("\u202eloop"), `"\u202eloop"`},
	} {
		if got := test.value.String(); got != test.want {
			t.Errorf("%#v: %s, want %s", test.value, got, test.want)
		}
	}
}

func TestActions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		typ               wire.ParamType
		discards, reports bool
	}{
		{0x0099, true, false}, {0x4099, true, true}, {0x8099, false, false}, {0xc099, false, true},
	} {
		a := test.typ.Action()
		if a.Discards() != test.discards || a.Reports() != test.reports || test.typ.Known() {
			t.Errorf("%v: %v: %v %v", test.typ, a, a.Discards(), a.Reports())
		}
	}
}
