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

	// AnnounceCycle is the time between announces (RFC 5352: T6-Serverannounce). Each
	// pause varies by an eighth. 0: 1 second. Below 0: no announces.
	AnnounceCycle time.Duration

	// KeepAliveInterval is the time from an element's sign of life to the next keep-alive.
	// Up to a quarter less at random keeps elements out of step. 0: 5 seconds.
	KeepAliveInterval time.Duration

	// KeepAliveTimeout is the time that an element has to acknowledge. 0: 5 seconds.
	KeepAliveTimeout time.Duration

	// MaxBadReports is the number of hosts whose pool users must report an element to have
	// it removed (RFC 5352: MAX-BAD-PE-REPORT). The element may acknowledge a keep-alive
	// first, within the shorter of a quarter of a second and a tenth of KeepAliveTimeout.
	// 0: 3.
	MaxBadReports int

	// MaxResolutionItems is the number of elements in a response to a user that names no
	// number. 0: 3.
	MaxResolutionItems int

	// MaxResolutionRate and MaxReportRate bound the handle resolutions and the reports of
	// unreachable elements that an association may send in a second (RFC 5355, 2.13).
	// After a pause, a second's worth may come at once. Further resolutions are refused,
	// further reports ignored. 0: no bound.
	MaxResolutionRate, MaxReportRate float64

	// MaxSubscriptions bounds the subscriptions to changes of pools (RFC 5352, 2.2.5), and
	// MaxHostSubscriptions and MaxClientSubscriptions the share of a host and of an association.
	// Further subscriptions are not accepted. 0: 16384, 1024 and 64.
	MaxSubscriptions, MaxHostSubscriptions, MaxClientSubscriptions int

	// MaxElementsPerAssociation and MaxElementsPerHost bound the elements that are registered
	// over an association, and over all associations of a host, which its primary address
	// tells. Further registrations are refused for lack of resources. An adoption is not
	// bounded. 0: no bound.
	MaxElementsPerAssociation, MaxElementsPerHost int

	// Slice is the number of elements that a tick handles at most in each task that concerns
	// many elements. The next slice is due a millisecond later. 0: 128.
	Slice int

	// DistanceStep is the unit to which the distances of elements are rounded, for the
	// policies that count distances. 0: 50 ms.
	DistanceStep time.Duration

	// MinScope is the least scope of an element's addresses. 0: [scope.Auto].
	MinScope scope.Level
}

func (c Config) withDefaults() Config {
	c.AnnounceCycle = cmp.Or(c.AnnounceCycle, time.Second)
	c.KeepAliveInterval = cmp.Or(max(c.KeepAliveInterval, 0), 5*time.Second)
	c.KeepAliveTimeout = cmp.Or(max(c.KeepAliveTimeout, 0), 5*time.Second)
	c.MaxBadReports = cmp.Or(max(c.MaxBadReports, 0), 3)
	c.MaxResolutionItems = cmp.Or(max(c.MaxResolutionItems, 0), 3)
	c.MaxSubscriptions = cmp.Or(max(c.MaxSubscriptions, 0), 16384)
	c.MaxHostSubscriptions = cmp.Or(max(c.MaxHostSubscriptions, 0), 1024)
	c.MaxClientSubscriptions = cmp.Or(max(c.MaxClientSubscriptions, 0), 64)
	c.Slice = cmp.Or(max(c.Slice, 0), 128)
	c.DistanceStep = cmp.Or(max(c.DistanceStep, 0), 50*time.Millisecond)
	return c
}
