package machine

import "github.com/rserpool-go/rserpool/wire"

// LookUp asks to resolve the pool. Candidates or NoCandidates answers.
type LookUp struct {
	// Items is the number of elements to ask for.
	Items uint32
}

// Connect asks to open an association with an element. Connected or ConnectFailed answers.
type Connect struct{ Element wire.PoolElement }

// Disconnect asks to give up the association with the current element. Nothing answers.
type Disconnect struct{}

// Report asks to report an element as unreachable.
type Report struct{ ID wire.PEID }

// EchoCookie asks to send a cookie echo, before anything else.
type EchoCookie struct{ Cookie []byte }

// Ready tells that the session is up at an element.
type Ready struct {
	Element wire.PEID
	// Failover: the session was up before, at another element or at the predecessor of
	// this element.
	Failover bool
	// Cookie: the element has been shown the session's state.
	Cookie bool
}

// Broken tells that the session is not up any more.
type Broken struct {
	Element wire.PEID
	Cookie  bool
}

// IsAction marks an action.
func (LookUp) IsAction() {}

// IsAction marks an action.
func (Connect) IsAction() {}

// IsAction marks an action.
func (Disconnect) IsAction() {}

// IsAction marks an action.
func (Report) IsAction() {}

// IsAction marks an action.
func (EchoCookie) IsAction() {}

// IsAction marks an action.
func (Ready) IsAction() {}

// IsAction marks an action.
func (Broken) IsAction() {}
