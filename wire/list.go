package wire

import (
	"fmt"
	"log/slog"
	"strings"
)

// List is a list of which a log shows the first items only.
type List[T fmt.Stringer] []T

// maxLogged is how many items of a [List] a log shows.
const maxLogged = 4

// LogValue implements [slog.LogValuer].
func (l List[T]) LogValue() slog.Value {
	texts := make([]string, 0, maxLogged+1)
	separator := ","
	for _, item := range l[:min(len(l), maxLogged)] {
		text := item.String()
		if strings.Contains(text, " ") {
			separator = ", "
		}
		texts = append(texts, text)
	}
	if len(l) > maxLogged {
		texts = append(texts, "...")
	}
	return slog.StringValue(strings.Join(texts, separator))
}
