package sim

import (
	"reflect"

	"github.com/rserpool-go/rserpool/handlespace"
)

// sizeOf returns how many things a machine holds: the lengths of all maps and slices
// that are reached from it, but for the handlespace, whose size is known.
func sizeOf(machine any) int {
	s := sizer{seen: make(map[uintptr]bool)}
	s.add(reflect.ValueOf(machine))
	return s.size
}

type sizer struct {
	seen map[uintptr]bool
	size int
}

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
