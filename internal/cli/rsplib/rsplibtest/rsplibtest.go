// Package rsplibtest compares the command line of a program with the table of RSPLIB's options.
package rsplibtest

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/internal/cli/rsplib"
)

// Check asserts that a program has all options of the program of RSPLIB with its name: in every
// spelling, with the unit, the default and the bounds of the table. New returns a program without
// values.
func Check[P cli.Program](t *testing.T, name string, newProgram func() P) {
	t.Helper()
	program := rsplib.Find(name)
	if program == nil || program.Absent {
		t.Fatalf("package rsplib has no program %s, or says that it is absent", name)
	}
	parse := func(args ...string) (*kong.Application, []string, error) {
		return cli.Parse(newProgram(), append(program.Args, args...)...)
	}
	model, _, _ := parse()
	for _, o := range program.Options(false) {
		c := check{t, &o, find(model, o.Name), parse}
		if c.flag == nil {
			t.Errorf("there is no option --%s", o.Name)
			continue
		}
		c.kind()
		c.standard()
		c.spellings()
		c.bound("least", o.Least, -1)
		c.bound("most", o.Most, 1)
	}
	for _, o := range program.Options(true) {
		if find(model, o.Name) != nil {
			t.Errorf("--%s is here: remove Absent from its group in package rsplib, and make the document again", o.Name)
		}
	}
}

// find returns the flag with a name, an alias or a negation, nil if there is none.
func find(model *kong.Application, name string) *kong.Flag {
	for _, flag := range model.Flags {
		if flag.Name == name || slices.Contains(flag.Aliases, name) || flag.Tag.Negatable == name {
			return flag
		}
	}
	return nil
}

// check is the comparison of an option with its flag.
type check struct {
	t      *testing.T
	option *rsplib.Option
	flag   *kong.Flag
	parse  func(args ...string) (*kong.Application, []string, error)
}

// kind compares the unit.
func (c *check) kind() {
	typ := c.flag.Target.Type()
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	ok := false
	switch c.option.Kind {
	case rsplib.Switch:
		ok = c.flag.IsBool()
	case rsplib.Milliseconds:
		ok = typ == reflect.TypeFor[cli.Milliseconds]()
	case rsplib.Seconds:
		ok = typ == reflect.TypeFor[cli.Seconds]()
	case rsplib.Number, rsplib.KiB:
		ok = typ.Kind() >= reflect.Int && typ.Kind() <= reflect.Float64
	default:
		ok = !c.flag.IsBool()
	}
	if !ok {
		c.t.Errorf("--%s: %v does not hold %s", c.option.Name, typ, c.option.Kind)
	}
}

// helpDefault finds the default in the help of a flag.
var helpDefault = regexp.MustCompile(`Default(?: with --[a-z]+)?: ([^ ,;]*[^ ,;.])`)

// standard compares the default, which is in the flag's help, too.
func (c *check) standard() {
	want := c.option.Default
	if c.option.Ours != "" {
		want = c.option.Ours
	}
	if c.option.Kind == rsplib.Switch {
		return
	}
	got := rsplib.NoDefault
	if m := helpDefault.FindStringSubmatch(c.flag.Help); m != nil {
		got = m[1]
	}
	if c.flag.HasDefault {
		got = c.flag.Default
	}
	if want != "" && !equal(got, want) {
		c.t.Errorf("--%s: the default is %s, want %s; the help is %q", c.option.Name, got, want, c.flag.Help)
	}
}

// equal compares values, numbers by their value.
func equal(a, b string) bool {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return a == b || errX == nil && errY == nil && x == y
}

// spellings parses the option with its default and with the examples, in every spelling.
func (c *check) spellings() {
	with := make([]string, 0, len(c.option.With))
	for _, w := range c.option.With {
		with = append(with, "-"+w)
	}
	if c.option.Kind == rsplib.Switch {
		c.accepts(append(with, "-"+c.option.Name)...)
		c.accepts(append(with, "--"+c.option.Name)...)
		return
	}
	values := c.option.Values
	if c.option.Default != "" {
		values = append(values, c.option.Default)
	}
	if len(values) == 0 {
		c.t.Errorf("--%s: the table has no value", c.option.Name)
	}
	for _, value := range values {
		c.accepts(append(with, fmt.Sprintf("-%s=%s", c.option.Name, value))...)
		c.accepts(append(with, fmt.Sprintf("--%s=%s", c.option.Name, value))...)
		if !strings.HasPrefix(value, "-") {
			c.accepts(append(with, "--"+c.option.Name, value)...)
		}
	}
}

// accepts parses a command line without an error and without a warning.
func (c *check) accepts(args ...string) {
	if _, outOfRange, err := c.parse(args...); err != nil || len(outOfRange) > 0 {
		c.t.Errorf("%q: %v, out of range: %q", args, err, outOfRange)
	}
}

// bound asserts that a value beyond a bound becomes the bound, and that the bound is in range.
func (c *check) bound(tag, bound string, sign float64) {
	if bound == "" {
		return
	}
	if got := c.flag.Tag.Get(tag); got != bound {
		c.t.Errorf("--%s: the bound %s is %q, want %s", c.option.Name, tag, got, bound)
		return
	}
	n, err := strconv.ParseFloat(bound, 64)
	if err != nil {
		c.t.Fatal(err)
	}
	beyond := n + sign
	if beyond < 0 {
		beyond = 0 // A negative number is a mistake, not a number out of range.
	}
	args := []string{"-" + c.option.Name + "=" + strconv.FormatFloat(beyond, 'f', -1, 64)}
	for _, w := range c.option.With {
		args = append(args, "-"+w)
	}
	_, outOfRange, err := c.parse(args...)
	if beyond == n {
		outOfRange = []string{c.flag.Name}
	}
	if err != nil || !slices.Equal(outOfRange, []string{c.flag.Name}) {
		c.t.Errorf("%q: %v, out of range: %q", args, err, outOfRange)
	}
}
