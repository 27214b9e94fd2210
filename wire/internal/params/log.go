package params

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/rserpool-go/rserpool/wire"
)

// Log returns what a message tells a logger about itself: its type as msg, and attrs.
func Log(typ fmt.Stringer, attrs ...slog.Attr) slog.Value {
	return slog.GroupValue(append([]slog.Attr{slog.String("msg", typ.String())}, attrs...)...)
}

// LogPool returns the attribute for a pool handle.
func LogPool(h wire.PoolHandle) slog.Attr { return slog.String("pool", h.String()) }

// LogPE returns the attribute for the identifier of an element.
func LogPE(id wire.PEID) slog.Attr { return slog.String("pe_id", id.String()) }

// LogServer returns the attribute for a registrar.
func LogServer(key string, id wire.ServerID) slog.Attr { return slog.String(key, id.String()) }

// LogCauses returns the attribute for error causes.
func LogCauses(causes []wire.ErrorCause) slog.Attr {
	names := make([]string, len(causes))
	for i, c := range causes {
		names[i] = c.Code.String()
	}
	return slog.String("causes", strings.Join(names, ", "))
}
