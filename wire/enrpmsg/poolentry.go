package enrpmsg

import (
	"fmt"

	"github.com/rserpool-go/rserpool/wire"
)

// PoolEntry is a Pool Entry in a [HandleTableResponse]: elements of a pool. There is at
// least one element.
type PoolEntry struct {
	PoolHandle   wire.PoolHandle
	PoolElements []wire.PoolElement
}

// String returns the pool and the number of its elements.
func (e PoolEntry) String() string { return fmt.Sprintf("%v:%d", e.PoolHandle, len(e.PoolElements)) }

// parseElement decodes the walker's Pool Element.
func (e *PoolEntry) parseElement(w *wire.Walker) error {
	if e.PoolElements == nil {
		e.PoolElements = make([]wire.PoolElement, 0, countElements(*w))
	}
	e.PoolElements = append(e.PoolElements, wire.PoolElement{})
	return e.PoolElements[len(e.PoolElements)-1].Parse(w.Param)
}

// countElements returns how many Pool Elements the entry has, starting with the current
// parameter of w.
func countElements(w wire.Walker) int {
	n := 1
	for w.Next() && w.Param.Type != wire.ParamPoolHandle {
		if w.Param.Type == wire.ParamPoolElement {
			n++
		}
	}
	return n
}
