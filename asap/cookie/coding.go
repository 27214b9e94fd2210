package cookie

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
)

// A coding turns states into octets, and octets into states.
type coding[T any] struct {
	append func(b []byte, state *T) ([]byte, error)
	parse  func(b []byte, state *T) error
}

// newCoding returns the coding of T: the binary methods of *T, or JSON. An encoding that would
// lose states without an error makes it fail.
func newCoding[T any]() (coding[T], error) {
	typ := reflect.TypeFor[T]()
	if kind := typ.Kind(); kind == reflect.Pointer || kind == reflect.Interface {
		return coding[T]{}, fmt.Errorf("state type %v: must be neither pointer nor interface", typ)
	}
	_, isAppender := any((*T)(nil)).(encoding.BinaryAppender)
	_, isMarshaler := any((*T)(nil)).(encoding.BinaryMarshaler)
	_, isUnmarshaler := any((*T)(nil)).(encoding.BinaryUnmarshaler)
	switch {
	case (isAppender || isMarshaler) != isUnmarshaler:
		return coding[T]{}, fmt.Errorf("state type %v: has either MarshalBinary or UnmarshalBinary, needs both or neither", typ)
	case isAppender:
		return coding[T]{append: appendBinary[T], parse: parseBinary[T]}, nil
	case isMarshaler:
		return coding[T]{append: marshalBinary[T], parse: parseBinary[T]}, nil
	case !hasJSON[T]():
		return coding[T]{}, fmt.Errorf("state type %v: has no exported field for encoding/json", typ)
	}
	return coding[T]{append: appendJSON[T], parse: parseJSON[T]}, nil
}

// hasJSON reports whether JSON holds anything of a state, if there is anything to hold.
func hasJSON[T any]() bool {
	switch any((*T)(nil)).(type) {
	case json.Marshaler, encoding.TextMarshaler:
		return true
	}
	typ := reflect.TypeFor[T]()
	if typ.Kind() != reflect.Struct || typ.NumField() == 0 {
		return true
	}
	for _, field := range reflect.VisibleFields(typ) {
		if field.IsExported() {
			return true
		}
	}
	return false
}

func appendBinary[T any](b []byte, state *T) ([]byte, error) {
	return any(state).(encoding.BinaryAppender).AppendBinary(b)
}

func marshalBinary[T any](b []byte, state *T) ([]byte, error) {
	encoded, err := any(state).(encoding.BinaryMarshaler).MarshalBinary()
	return append(b, encoded...), err
}

func parseBinary[T any](b []byte, state *T) error {
	return any(state).(encoding.BinaryUnmarshaler).UnmarshalBinary(b)
}

func appendJSON[T any](b []byte, state *T) ([]byte, error) {
	encoded, err := json.Marshal(state)
	return append(b, encoded...), err
}

func parseJSON[T any](b []byte, state *T) error {
	return json.Unmarshal(b, state)
}
