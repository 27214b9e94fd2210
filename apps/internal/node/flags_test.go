package node

import (
	"log/slog"
	"slices"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/transport/memnet"
)

// parse parses a command line, as cli.Main does.
func parse(t *testing.T, args ...string) *UserFlags {
	t.Helper()
	f := new(UserFlags)
	parser, err := kong.New(f)
	if err == nil {
		_, err = parser.Parse(cli.TwoDashes(args))
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestTrust(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	for text, want := range map[string]asap.Trust{"any": asap.TrustAny, "configured": asap.TrustConfigured} {
		if got := parse(t, "--trust-registrars="+text).config(log, log).TrustRegistrars; got != want {
			t.Errorf("%s: %d", text, got)
		}
	}
	if got := parse(t).config(log, log).TrustRegistrars; got != asap.TrustAny {
		t.Errorf("without the option: %d", got)
	}
}

// TestRegistrars asserts that the endpoint takes registrars in the form of the command line, without
// a look-up: no name here has an address.
func TestRegistrars(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args, want []string
		where      string
	}{
		{nil, nil, "announced in 239.0.0.50:3863"},
		{[]string{"-registrar=192.0.2.1", "-asapannounce=off"}, []string{"192.0.2.1:3863"}, "at 192.0.2.1:3863"},
		{
			[]string{"-registrar=192.0.2.1!4000,[2001:db8::1]", "-registrar=a.invalid", "-asapannounce=239.0.0.77"},
			[]string{"192.0.2.1:4000,[2001:db8::1]:4000", "a.invalid:3863"},
			"at 192.0.2.1:4000, [2001:db8::1]:4000 or at a.invalid:3863 or announced in 239.0.0.77:3863",
		},
		{[]string{"-registrar=dns:a.invalid:7", "-asapannounce=off"}, []string{"dns:a.invalid:7"}, "at dns:a.invalid:7"},
	} {
		f := parse(t, test.args...)
		if got := f.registrars(); !slices.Equal(got, test.want) || f.String() != test.where {
			t.Errorf("%q: %q, %q", test.args, got, f.String())
		}
		if len(test.want) == 0 {
			continue // The endpoint would listen to announces.
		}
		log := slog.New(slog.DiscardHandler)
		config := f.config(log, log)
		config.Network, config.Announce.Off = memnet.New(memnet.Config{}).Host(), true
		n, err := asap.Open(t.Context(), config)
		if err != nil {
			t.Errorf("%q: %v", test.args, err)
			continue
		}
		_ = n.Close()
	}
}
