package sim

import (
	"reflect"

	"github.com/rserpool-go/rserpool/handlespace"
)

// sizeOf returns the sum of the lengths of all maps and slices that a machine reaches. The
// handlespace is left out, because its size is known.
func sizeOf(machine any) int {
	s := sizer{seen: make(map[uintptr]bool)}
	s.add(reflect.ValueOf(machine))
	return s.size
}

// sizer adds up the size of a value.
type sizer struct {
	seen map[uintptr]bool // pointers
	size int
}

// add adds the lengths of all maps and slices that v reaches.
func (s *sizer) add(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || s.seen[v.Pointer()] || v.Type().Elem() == reflect.TypeFor[handlespace.Handlespace]() || v.Type().Elem() == reflect.TypeFor[handlespace.Element]() {
			return
		}
		s.seen[v.Pointer()] = true
		s.add(v.Elem())
	case reflect.Interface:
		if !v.IsNil() {
			s.add(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			s.add(v.Field(i))
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return
		}
		s.size += v.Len()
		for i := range v.Len() {
			s.add(v.Index(i))
		}
	case reflect.Map:
		s.size += v.Len()
		for it := v.MapRange(); it.Next(); {
			s.add(it.Value())
		}
	}
}
