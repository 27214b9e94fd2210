package sim

import "log/slog"

// logMessage adds a message that has arrived to the transcript.
func (w *World) logMessage(to *host, assoc uint64, m slog.LogValuer) {
	if w.config.Trace != nil {
		w.log(to.name, "%d> %v", assoc, m.LogValue())
	}
}
