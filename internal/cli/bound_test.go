package cli

import (
	"bytes"
	"log/slog"
	"reflect"
	"testing"

	"github.com/alecthomas/kong"
)

// bounded has flags of all types with bounds.
type bounded struct {
	Count    int          `least:"1" default:"4"`
	Size     uint64       `least:"128" default:"4000"`
	Mean     float64      `least:"0.1" default:"5"`
	Interval Milliseconds `least:"100" default:"2500"`
	Pause    Seconds      `least:"0.5" default:"2"`
	Free     int          `default:"0"`
	Items    *int         `least:"1" most:"128"`
	Idle     Seconds      `least:"5"`
}

// TestBounds asserts that values beyond a bound become the bound, with a warning.
func TestBounds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args []string
		want bounded
		log  string
	}{
		"defaults": {nil, bounded{4, 4000, 5, 2500e6, 2e9, 0, nil, 0}, ""},
		"allowed": {
			[]string{"--count=1", "--size=128", "--mean=0.1", "--interval=100", "--pause=500ms", "--free=-7", "--items=128"},
			bounded{1, 128, 0.1, 100e6, 0.5e9, -7, new(128), 0},
			"",
		},
		"lowered": {
			[]string{"--items=129"},
			bounded{4, 4000, 5, 2500e6, 2e9, 0, new(128), 0},
			`level=WARN msg="option lowered to its greatest value" option=items value=129 greatest=128` + "\n",
		},
		"raised": {
			[]string{"--count=-3", "--size=0", "--mean=0.05", "--interval=99", "--pause=0.1", "--items=0", "--idle=0"},
			bounded{1, 128, 0.1, 100e6, 0.5e9, 0, new(1), 5e9},
			`level=WARN msg="option raised to its least value" option=count value=-3 least=1
level=WARN msg="option raised to its least value" option=size value=0 least=128
level=WARN msg="option raised to its least value" option=mean value=0.05 least=0.1
level=WARN msg="option raised to its least value" option=interval value=99ms least=100
level=WARN msg="option raised to its least value" option=pause value=100ms least=0.5
level=WARN msg="option raised to its least value" option=items value=0 least=1
level=WARN msg="option raised to its least value" option=idle value=0s least=5
`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got bounded
			parser, err := kong.New(&got)
			if err != nil {
				t.Fatal(err)
			}
			ctx, err := parser.Parse(test.args)
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == slog.TimeKey {
					return slog.Attr{}
				}
				return a
			}}))
			for _, r := range keepBounds(parser.Model.Flags, ctx.Path) {
				r.log(log)
			}
			if !reflect.DeepEqual(got, test.want) || out.String() != test.log {
				t.Errorf("%+v, log\n%s", got, out.String())
			}
		})
	}
}
