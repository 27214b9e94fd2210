package sim

import (
	"log/slog"

	"github.com/rserpool-go/rserpool/transport/step"
)

// logMessage adds a message that has arrived to the transcript.
func (w *World) logMessage(to *host, assoc step.AssocID, m slog.LogValuer) {
	if w.config.Trace != nil {
		w.log(to.name, "%d> %v", assoc, m.LogValue())
	}
}
