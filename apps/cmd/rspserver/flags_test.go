package main

import (
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/wire"
)

// parse parses a command line, as cli.Main does.
func parse(t *testing.T, args ...string) (*program, error) {
	t.Helper()
	p := new(program)
	parser, err := kong.New(p, kong.Vars{"loglevel": "3"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = parser.Parse(cli.TwoDashes(args))
	return p, err
}

// TestService asserts that the last switch counts, in any place.
func TestService(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ args, title, pool string }{
		{"", "Echo", "EchoPool"},
		{"-echo", "Echo", "EchoPool"},
		{"-discard", "Discard", "DiscardPool"},
		{"-daytime", "Daytime", "DaytimePool"},
		{"-chargen", "Character generator", "CharGenPool"},
		{"-echo -discard -daytime", "Daytime", "DaytimePool"},
		{"-daytime -quiet -discard -runtime=5 -echo", "Echo", "EchoPool"},
		{"-chargen -discard --chargen", "Character generator", "CharGenPool"},
		{"-discard --daytime=false", "Discard", "DiscardPool"},
	} {
		p, err := parse(t, strings.Fields(test.args)...)
		if err != nil {
			t.Errorf("%s: %v", test.args, err)
			continue
		}
		if s := p.Service.newService(); s.Title != test.title || s.Pool != test.pool {
			t.Errorf("%s: %s in %s", test.args, s.Title, s.Pool)
		}
	}
}

func TestCharGenMaxThreads(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]int{"-chargen": 4, "-chargen -chargenmaxthreads=17": 17} {
		p, err := parse(t, strings.Fields(args)...)
		if err != nil || p.Service.newService().MaxSessions != want {
			t.Errorf("%s: %v, %d sessions", args, err, p.Service.newService().MaxSessions)
		}
	}
}

func TestForeignOptions(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"":                                       "",
		"-chargen -chargenmaxthreads=5":          "",
		"-chargenmaxthreads=5":                   "chargenmaxthreads",
		"-chargenmaxthreads=5 -chargen":          "",
		"-chargen -daytime -chargenmaxthreads=5": "chargenmaxthreads",
		"-pingpong -pppmaxthreads=5":             "",
		"-chargen -pppmaxthreads=5 -pppfailureafter=1 -chargenmaxthreads=1": "pppmaxthreads pppfailureafter",
	} {
		p, err := parse(t, strings.Fields(args)...)
		if got := strings.Join(p.Service.foreign(), " "); err != nil || got != want {
			t.Errorf("%s: %v, %q; want %q", args, err, got, want)
		}
	}
}

// FuzzPolicy asserts that the text of a valid policy means the same policy.
func FuzzPolicy(f *testing.F) {
	for _, t := range wire.PolicyTypes() {
		f.Add(t.String())
		f.Add(t.String() + ":0.5")
		f.Add(t.String() + ":7:0.001")
		f.Add(t.String() + ":12.5%:0.333333333333")
	}
	f.Fuzz(func(t *testing.T, text string) {
		var first, second policy
		if err := first.UnmarshalText([]byte(text)); err != nil {
			if strings.HasPrefix(err.Error(), "wire: ") {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if err := second.UnmarshalText([]byte(first.String())); err != nil || first != second {
			t.Fatalf("%q is %v, which is %v, %v", text, first, second, err)
		}
		if first.Load != 0 || first.Distance != 0 || !first.Type.Known() {
			t.Fatalf("%q is %+v", text, first)
		}
	})
}
