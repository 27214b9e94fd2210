package cli

import (
	"cmp"
	"encoding"
	"fmt"
	"log/slog"
	"reflect"
	"strconv"
	"time"

	"github.com/alecthomas/kong"
)

// raised is an option whose value was below the least value of its flag.
type raised struct{ option, value, least string }

// log warns of the option.
func (r raised) log(log *slog.Logger) {
	log.Warn("option raised to its least value", "option", r.option, "value", r.value, "least", r.least)
}

// raise gives each flag with a tag least:"N" at least that value, which is written like a value of
// the option. RSPLIB does the same with these options, and its scripts may depend on it.
func raise(flags []*kong.Flag) (all []raised) {
	for _, flag := range flags {
		text := flag.Tag.Get("least")
		if text == "" {
			continue
		}
		least := reflect.New(flag.Target.Type()).Elem()
		if err := setText(least, text); err != nil {
			panic(fmt.Sprintf("BUG: least value of --%s: %v", flag.Name, err))
		}
		if compare(flag.Target, least) < 0 {
			all = append(all, raised{flag.Name, inWords(flag.Target), text})
			flag.Target.Set(least)
		}
	}
	return all
}

// inWords returns the value of an option for a reader.
func inWords(v reflect.Value) string {
	if d, ok := v.Interface().(interface{ Duration() time.Duration }); ok {
		return d.Duration().String()
	}
	return fmt.Sprint(v)
}

// setText sets a number from its text.
func setText(v reflect.Value, text string) error {
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch bits := v.Type().Bits(); {
	case v.CanInt():
		n, err := strconv.ParseInt(text, 10, bits)
		v.SetInt(n)
		return err
	case v.CanUint():
		n, err := strconv.ParseUint(text, 10, bits)
		v.SetUint(n)
		return err
	default:
		f, err := strconv.ParseFloat(text, bits)
		v.SetFloat(f)
		return err
	}
}

// compare compares two numbers of the same type.
func compare(a, b reflect.Value) int {
	switch {
	case a.CanInt():
		return cmp.Compare(a.Int(), b.Int())
	case a.CanUint():
		return cmp.Compare(a.Uint(), b.Uint())
	}
	return cmp.Compare(a.Float(), b.Float())
}
