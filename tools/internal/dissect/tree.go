package dissect

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// A Tree is the fields of a message or of a part of it, in their order there.
type Tree []Field

// A List is a value that may occur several times.
type List []Field

// A Field is a name with a value and its place.
type Field struct {
	// Name is in snake case; empty in a [List].
	Name string
	// Value is a string, bool, uint64, float64, [Tree] or [List].
	Value any
	// Offset and Len are where the field is, in octets from the start of the
	// message. A field that is derived from others has their place.
	Offset, Len int
	// Framing marks what only tells how the message is made, such as its length.
	Framing bool
}

// Get returns the value of the field with a name, nil if there is none.
func (t Tree) Get(name string) any {
	for i := range t {
		if t[i].Name == name {
			return t[i].Value
		}
	}
	return nil
}

// add appends a field.
func (t *Tree) add(name string, value any, offset, length int) {
	*t = append(*t, Field{Name: name, Value: value, Offset: offset, Len: length})
}

// frame appends a field that only tells how the message is made.
func (t *Tree) frame(name string, value any, offset, length int) {
	*t = append(*t, Field{Name: name, Value: value, Offset: offset, Len: length, Framing: true})
}

// collect appends a value to the list with a name, which it makes if there is none.
func (t *Tree) collect(name string, value any, offset, length int) {
	item := Field{Value: value, Offset: offset, Len: length}
	for i := range *t {
		f := &(*t)[i]
		if list, ok := f.Value.(List); ok && f.Name == name {
			f.Value = append(list, item)
			f.Len = offset + length - f.Offset
			return
		}
	}
	t.add(name, List{item}, offset, length)
}

func hex8(v uint8) string   { return fmt.Sprintf("0x%02x", v) }
func hex16(v uint16) string { return fmt.Sprintf("0x%04x", v) }
func hex32(v uint32) string { return fmt.Sprintf("0x%08x", v) }

func octets(b []byte) string { return hex.EncodeToString(b) }

// text returns octets as they are if that is printable text, else as Go writes them
// between quotes: nothing of it can do anything to a terminal.
func text[T ~string | ~[]byte](b T) string {
	s := string(b)
	for _, r := range s {
		if r == utf8.RuneError || !strconv.IsPrint(r) {
			q := strconv.Quote(s)
			return q[1 : len(q)-1]
		}
	}
	return s
}

// Printable returns a text of strangers in a form that can do nothing to a terminal or a page, as all
// texts of this package are.
func Printable(s string) string { return text(s) }
