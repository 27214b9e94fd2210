package meaning

import (
	"github.com/rserpool-go/rserpool/tools/internal/script"
)

// A Difference is a field in which two messages differ, with its two values. An empty value
// means that the message does not have the field.
type Difference struct {
	Field string
	A, B  string
}

// FieldMessage is the field of the type of a message. It differs alone.
const FieldMessage = "message"

// missing is the value of FieldMessage if there is no message.
const missing = "none"

// Compare returns the fields in which two messages differ. Nil stands for no message.
// Identifiers must be those of the same session in both.
func Compare(a, b *script.Message) []Difference {
	if a == nil || b == nil || a.Name() != b.Name() {
		if nameOf(a) == nameOf(b) {
			return nil
		}
		return []Difference{{FieldMessage, nameOf(a), nameOf(b)}}
	}
	var out []Difference
	left, right := factsOf(a), factsOf(b)
	for _, f := range left {
		other, ok := right.get(f.field)
		if other != f.value && (ok || !f.detail) {
			out = append(out, Difference{f.field, f.value, other})
		}
	}
	for _, f := range right {
		if _, ok := left.get(f.field); !ok && !f.detail {
			out = append(out, Difference{f.field, "", f.value})
		}
	}
	return out
}

func nameOf(m *script.Message) string {
	if m == nil {
		return missing
	}
	return m.Name()
}
