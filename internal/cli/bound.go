package cli

import (
	"cmp"
	"encoding"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/alecthomas/kong"
)

// moved is an option whose value was outside the bounds of its flag.
type moved struct {
	option, value, bound string
	raised               bool // else lowered
}

// log warns of the option.
func (m moved) log(log *slog.Logger) {
	if m.raised {
		log.Warn("option raised to its least value", "option", m.option, "value", m.value, "least", m.bound)
	} else {
		log.Warn("option lowered to its greatest value", "option", m.option, "value", m.value, "greatest", m.bound)
	}
}

// keepBounds moves the values of flags with a tag least:"N" or most:"N" to that bound, if they are
// beyond it. Bounds are written like values of the option. RSPLIB does the same with these options,
// and its scripts may depend on it. An option without a value has no bounds.
func keepBounds(flags []*kong.Flag, path []*kong.Path) (all []moved) {
	for _, flag := range flags {
		isGiven := slices.ContainsFunc(path, func(p *kong.Path) bool { return p.Flag == flag })
		v := flag.Target
		if v.IsZero() && !isGiven {
			continue
		}
		if v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		for tag, sign := range map[string]int{"least": -1, "most": 1} {
			text := flag.Tag.Get(tag)
			if text == "" {
				continue
			}
			bound := reflect.New(v.Type()).Elem()
			if err := setText(bound, text); err != nil {
				panic(fmt.Sprintf("BUG: %s value of --%s: %v", tag, flag.Name, err))
			}
			if compare(v, bound) == sign {
				all = append(all, moved{flag.Name, inWords(v), text, sign < 0})
				v.Set(bound)
			}
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
