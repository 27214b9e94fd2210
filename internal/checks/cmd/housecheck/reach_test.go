package main

import (
	"slices"
	"strings"
	"testing"
)

func TestCheckReach(t *testing.T) {
	t.Parallel()
	graph := importGraph{
		prefix + "asap":          {"fmt", prefix + "asap/machine", prefix + "transport"},
		prefix + "asap/machine":  {prefix + "wire"},
		prefix + "transport":     {"example.org/sctp/v2"},
		prefix + "wire":          {"net"},
		prefix + "wirez":         {prefix + "asap"},
		"example.org/sctp/v2":    {"example.org/kit/log", "vendor/golang.org/x/net"},
		"example.org/kit/log":    {prefix + "wire"},
		"example.org/other/wire": {prefix + "asap"},
	}
	tests := map[string]struct {
		from  string
		never []string
		want  []string
	}{
		"direct":                 {"asap", []string{"transport"}, []string{"asap: must not reach transport: asap -> transport"}},
		"shortest of two chains": {"asap", []string{"wire"}, []string{"asap: must not reach wire: asap -> asap/machine -> wire"}},
		"module":                 {"asap", []string{"example.org/kit"}, []string{"asap: must not reach example.org/kit: asap -> transport -> example.org/sctp/v2 -> example.org/kit/log"}},
		"any module":             {"asap", []string{anyModule}, []string{"asap: must not reach *: asap -> transport -> example.org/sctp/v2"}},
		"no module":              {"wire", []string{anyModule}, nil},
		"similar paths":          {"asap", []string{"example.org/ki", "net", "trans"}, nil},
		"folder alone":           {"asap", []string{"enrp"}, nil},
		"folders below": {"asap/...", []string{"wire"}, []string{
			"asap: must not reach wire: asap -> asap/machine -> wire",
			"asap/machine: must not reach wire: asap/machine -> wire",
		}},
		"no package":     {"enrp/...", []string{"wire"}, []string{"internal/checks/cmd/housecheck/rules.go: no package for the row of enrp/... in reaches"}},
		"not ours":       {"example.org/kit/log", []string{"wire"}, []string{"internal/checks/cmd/housecheck/rules.go: no package for the row of example.org/kit/log in reaches"}},
		"package itself": {"wire", []string{"wire"}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := graph.checkReach([]reach{{test.from, test.never}}); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestLoadImports(t *testing.T) {
	t.Parallel()
	root := newWorkspace(t, map[string]string{
		"wire/a.go":          "package wire\n",
		"asap/a.go":          "package asap\nimport _ \"" + prefix + "hub/kit\"\n",
		"asap/a_test.go":     "package asap\nimport _ \"" + prefix + "enrp\"\n",
		"hub/kit/a.go":       "package kit\nimport _ \"" + prefix + "wire\"\nimport _ \"example.org/metrics\"\n",
		"enrp/a.go":          "package enrp\n",
		"example/metrics.go": "package metrics\n",
	})
	graph, err := loadImports(root)
	if err != nil {
		t.Fatal(err)
	}
	got := graph.checkReach([]reach{{"asap", []string{"enrp", "wire", "example.org/metrics"}}})
	want := []string{
		"asap: must not reach wire: asap -> hub/kit -> wire",
		"asap: must not reach example.org/metrics: asap -> hub/kit -> example.org/metrics",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLoadImportsReportsTheGoCommand(t *testing.T) {
	t.Parallel()
	root := newWorkspace(t, map[string]string{"wire/a.go": "package wire\nimport _ \"" + prefix + "missing\"\n"})
	if _, err := loadImports(root); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("error %v", err)
	}
}

// TestReaches finds rows that name nothing.
func TestReaches(t *testing.T) {
	t.Parallel()
	for _, row := range reaches {
		for _, name := range append(slices.Clone(row.never), strings.TrimSuffix(row.from, "/...")) {
			if u := unitOf(name); name != anyModule && !isExternal(name) && (u == nil || u.path != name) {
				t.Errorf("row of %s: %s is neither a unit nor a module", row.from, name)
			}
		}
	}
}
