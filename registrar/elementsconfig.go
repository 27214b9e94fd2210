package registrar

import (
	"cmp"
	"time"

	"github.com/rserpool-go/rserpool/registrar/internal/asapside"
	"github.com/rserpool-go/rserpool/transport/scope"
	"github.com/rserpool-go/rserpool/wire"
)

// ElementsConfig configures how a registrar deals with pool elements and pool users. The
// zero value works.
type ElementsConfig struct {
	// AnnounceCycle is the time between announces (RFC 5352: T6-Serverannounce),
	// each of which varies by an eighth. 0: 1 second.
	AnnounceCycle time.Duration

	// KeepAliveInterval is the longest time from a sign of life of an element to the next
	// keep-alive. Each time varies between three quarters and all of it, or the
	// keep-alives of many elements would go out in step. 0: 5 seconds.
	KeepAliveInterval time.Duration

	// KeepAliveTimeout is the time that an element has to acknowledge a keep-alive.
	// 0: 5 seconds.
	KeepAliveTimeout time.Duration

	// MaxBadReports is the number of hosts whose pool users must report an element
	// before the registrar removes it (RFC 5352: MAX-BAD-PE-REPORT). The element stays if
	// it acknowledges a keep-alive in a quarter of a second or a tenth of
	// KeepAliveTimeout; the shorter time counts. 0: 3.
	MaxBadReports int

	// MaxResolutionItems is the number of elements in the answer to a resolution that
	// asks for no number. 0: 3.
	MaxResolutionItems int

	// MaxResolutionRate and MaxReportRate bound the handle resolutions and the reports of
	// unreachable elements that an association may send in a second. RFC 5355, 2.13, asks for
	// the bound of reports. After a pause, the number of a second may come at once. Further
	// resolutions are refused, and further reports are ignored. 0: no bound.
	MaxResolutionRate, MaxReportRate float64

	// MaxSubscriptions bounds the subscriptions to changes of pools (RFC 5352, 2.2.5), and
	// MaxHostSubscriptions and MaxClientSubscriptions the share of a host and of an
	// association. Further subscriptions are not accepted, which the answer to the resolution
	// tells. A subscription gets at most five updates a second. 0: 16384, 1024 and 64.
	MaxSubscriptions, MaxHostSubscriptions, MaxClientSubscriptions int

	// MaxElementsPerAssociation and MaxElementsPerHost bound the elements that are registered
	// over an association, and over all associations from the same primary address. Further
	// registrations are refused for lack of resources. The bounds keep a single program or host
	// from taking all of Config.MaxElements. 0: 100,000 and 250,000. A million elements, for
	// which a registrar is built, thus come from four hosts at least.
	MaxElementsPerAssociation, MaxElementsPerHost int

	// DistanceStep is the unit to which the distances of elements and peers are rounded,
	// for policies that use distances. 0: 50 ms.
	DistanceStep time.Duration

	// MinScope is the least scope that the addresses of elements must have. 0: scope.Auto,
	// which is site-local, and loopback for elements that are connected by loopback.
	MinScope scope.Level
}

// The defaults of the bounds in ElementsConfig.
const (
	defaultElementsPerAssociation = 100_000
	defaultElementsPerHost        = 250_000
)

// machineConfig returns the configuration of the machine for pool elements and pool users of the
// registrar id. Without isAnnounced the machine sends no announces.
func (c *ElementsConfig) machineConfig(id wire.ServerID, isAnnounced bool) asapside.Config {
	cycle := c.AnnounceCycle
	if !isAnnounced {
		cycle = -1
	}
	return asapside.Config{
		ID:                     id,
		AnnounceCycle:          cycle,
		KeepAliveInterval:      c.KeepAliveInterval,
		KeepAliveTimeout:       c.KeepAliveTimeout,
		MaxBadReports:          c.MaxBadReports,
		MaxResolutionItems:     c.MaxResolutionItems,
		MaxResolutionRate:      c.MaxResolutionRate,
		MaxReportRate:          c.MaxReportRate,
		MaxSubscriptions:       c.MaxSubscriptions,
		MaxHostSubscriptions:   c.MaxHostSubscriptions,
		MaxClientSubscriptions: c.MaxClientSubscriptions,
		DistanceStep:           c.DistanceStep,
		MinScope:               c.MinScope,

		MaxElementsPerAssociation: cmp.Or(c.MaxElementsPerAssociation, defaultElementsPerAssociation),
		MaxElementsPerHost:        cmp.Or(c.MaxElementsPerHost, defaultElementsPerHost),
	}
}
