package asapside

import (
	"cmp"
	"time"

	"github.com/rserpool-go/rserpool/transport/scope"
	"github.com/rserpool-go/rserpool/wire"
)

// Config configures a [Registrar].
type Config struct {
	// ID is the registrar's identifier, not 0.
	ID wire.ServerID

	// AnnounceCycle is the time between announces (RFC 5352: T6-Serverannounce),
	// of which each varies by an eighth. 0: 1 second. Below 0: no announces.
	AnnounceCycle time.Duration

	// KeepAliveInterval is the time from a sign of life of an element to the next
	// keep-alive, less up to a quarter at random so that elements do not keep in
	// step. 0: 5 seconds.
	KeepAliveInterval time.Duration

	// KeepAliveTimeout is how long an element has to acknowledge. 0: 5 seconds.
	KeepAliveTimeout time.Duration

	// MaxBadReports is how many pool users must report an element to have it removed,
	// each from another host, before it acknowledges a keep-alive, for which it has a
	// quarter of a second or a tenth of KeepAliveTimeout (RFC 5352: MAX-BAD-PE-REPORT).
	// 0: 3.
	MaxBadReports int

	// MaxResolutionItems is how many elements a resolution returns that does not
	// say. 0: 3.
	MaxResolutionItems int

	// MaxResolutionRate and MaxReportRate bound how many handle resolutions and
	// reports of unreachable elements an association may ask for in a second
	// (RFC 5355, 2.13); after a pause, a second's worth may come at once. What is
	// beyond is refused and ignored. 0: no bound.
	MaxResolutionRate, MaxReportRate float64

	// DistanceStep is to what the distances of elements are rounded, for the
	// policies that count them. 0: 50 ms.
	DistanceStep time.Duration

	// MinScope is which addresses elements may have.
	MinScope scope.Level
}

func (c Config) withDefaults() Config {
	c.AnnounceCycle = cmp.Or(c.AnnounceCycle, time.Second)
	c.KeepAliveInterval = cmp.Or(max(c.KeepAliveInterval, 0), 5*time.Second)
	c.KeepAliveTimeout = cmp.Or(max(c.KeepAliveTimeout, 0), 5*time.Second)
	c.MaxBadReports = cmp.Or(max(c.MaxBadReports, 0), 3)
	c.MaxResolutionItems = cmp.Or(max(c.MaxResolutionItems, 0), 3)
	c.DistanceStep = cmp.Or(max(c.DistanceStep, 0), 50*time.Millisecond)
	return c
}
