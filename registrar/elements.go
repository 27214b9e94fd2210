package registrar

import (
	"time"

	"github.com/rserpool-go/rserpool/registrar/internal/asapside"
	"github.com/rserpool-go/rserpool/transport/scope"
)

// ElementsConfig configures how a registrar deals with pool elements and pool users. The
// zero value works.
type ElementsConfig struct {
	// AnnounceCycle is the time between announces (RFC 5352: T6-Serverannounce),
	// each of which varies by an eighth. 0: 1 second.
	AnnounceCycle time.Duration

	// KeepAliveInterval is the time from a sign of life of an element to the next
	// keep-alive, less up to a quarter at random so that elements do not keep in
	// step. 0: 5 seconds.
	KeepAliveInterval time.Duration

	// KeepAliveTimeout is the time that an element has to acknowledge a keep-alive.
	// 0: 5 seconds.
	KeepAliveTimeout time.Duration

	// MaxBadReports is the number of hosts whose pool users must report an element
	// before the registrar removes it (RFC 5352: MAX-BAD-PE-REPORT), unless the element
	// acknowledges a keep-alive in a quarter of a second or a tenth of KeepAliveTimeout.
	// 0: 3.
	MaxBadReports int

	// MaxResolutionItems is the number of elements in the answer to a resolution that
	// asks for no number. 0: 3.
	MaxResolutionItems int

	// MaxResolutionRate and MaxReportRate bound the handle resolutions and the reports of
	// unreachable elements that an association may send in a second (RFC 5355, 2.13).
	// After a pause, the number of a second may come at once. Resolutions beyond are
	// refused, and reports beyond are ignored. 0: no bound.
	MaxResolutionRate, MaxReportRate float64

	// DistanceStep is the unit to which the distances of elements and peers are rounded,
	// for policies that use distances. 0: 50 ms.
	DistanceStep time.Duration

	// MinScope is the least scope that the addresses of elements must have.
	MinScope scope.Level
}

// elements returns the configuration of the machine for pool elements and pool users.
func (c *Config) elements() asapside.Config {
	cycle := c.Elements.AnnounceCycle
	if !c.Announce.IsValid() {
		cycle = -1
	}
	return asapside.Config{
		ID:                 c.ID,
		AnnounceCycle:      cycle,
		KeepAliveInterval:  c.Elements.KeepAliveInterval,
		KeepAliveTimeout:   c.Elements.KeepAliveTimeout,
		MaxBadReports:      c.Elements.MaxBadReports,
		MaxResolutionItems: c.Elements.MaxResolutionItems,
		MaxResolutionRate:  c.Elements.MaxResolutionRate,
		MaxReportRate:      c.Elements.MaxReportRate,
		DistanceStep:       c.Elements.DistanceStep,
		MinScope:           c.Elements.MinScope,
	}
}
