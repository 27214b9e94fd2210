package registrar

import (
	"reflect"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport"
)

// fill sets every field of a struct to a value that is not zero.
func fill(t *testing.T, v reflect.Value) {
	t.Helper()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.Int, reflect.Int64:
			f.SetInt(int64(time.Second) + int64(i))
		case reflect.Uint8:
			f.SetUint(uint64(i) + 1)
		case reflect.Float64:
			f.SetFloat(float64(i) + 1)
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Slice:
			f.Set(reflect.MakeSlice(f.Type(), 1, 1))
		default:
			t.Fatalf("no value for %v", f.Type())
		}
	}
}

// checkCopied fails unless no field of the copy is zero, and fields of one name are equal.
func checkCopied(t *testing.T, config, copied reflect.Value) {
	t.Helper()
	for i := range copied.NumField() {
		name := copied.Type().Field(i).Name
		if name == "Slice" {
			continue // Tests have smaller slices than the default.
		}
		if copied.Field(i).IsZero() {
			t.Errorf("%v: %s is not set", copied.Type(), name)
		}
		if from := config.FieldByName(name); from.IsValid() && !reflect.DeepEqual(from.Interface(), copied.Field(i).Interface()) {
			t.Errorf("%v: %s is %v, want %v", copied.Type(), name, copied.Field(i), from)
		}
	}
}

// Each field of the configuration reaches the machine that it is for.
func TestConfigOfMachines(t *testing.T) {
	t.Parallel()
	c := Config{ID: 7}
	fill(t, reflect.ValueOf(&c.Elements).Elem())
	fill(t, reflect.ValueOf(&c.Peers).Elem())
	checkCopied(t, reflect.ValueOf(c.Elements), reflect.ValueOf(c.core().Elements))
	checkCopied(t, reflect.ValueOf(c.Peers), reflect.ValueOf(c.core().Peers))
}

// Without a group there are no announces.
func TestNoAnnounces(t *testing.T) {
	t.Parallel()
	c := Config{Announce: transport.GroupConfig{Off: true}, Elements: ElementsConfig{AnnounceCycle: time.Second}}
	if cycle := c.core().Elements.AnnounceCycle; cycle >= 0 {
		t.Errorf("announces every %v", cycle)
	}
}
