package node

import (
	"fmt"

	"github.com/rserpool-go/rserpool/wire"
)

// PoolHandle is a pool handle on a command line.
type PoolHandle string

// UnmarshalText takes a text that is neither empty nor too long.
func (h *PoolHandle) UnmarshalText(text []byte) error {
	if n := len(text); n == 0 || n > wire.MaxPoolHandleLen {
		return fmt.Errorf("a pool handle has 1 to %d octets, not %d", wire.MaxPoolHandleLen, n)
	}
	*h = PoolHandle(text)
	return nil
}
