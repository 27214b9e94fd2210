package machine

import (
	"time"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// requestKey connects a response with its request. Registrars answer in order, but a repeated
// request makes that order useless.
type requestKey struct {
	typ  asapmsg.Type
	pool wire.PoolHandle
	id   wire.PEID
}

// request is a message to the home registrar that waits to be sent or answered.
type request struct {
	key       requestKey
	message   asapmsg.Message // nil for a registration, which is made when it is sent
	token     Token           // of a handle resolution
	element   *element        // of a registration or deregistration
	probe     bool            // a handle resolution of the client itself, see [stranger]
	cancelled bool            // nobody waits for the answer, which comes all the same
	deadline  time.Time       // for the answer; zero: not sent
	trials    int
	rounds    int // of the hunt, while the request could not be sent
}

// isResolution reports whether the request is a handle resolution of the owner, which the
// client gives up some time. Registrations and deregistrations are for the owner to end.
func (r *request) isResolution() bool { return r.key.typ == asapmsg.TypeHandleResolution && !r.probe }

// isSent reports whether the request waits for an answer.
func (r *request) isSent() bool { return !r.deadline.IsZero() }
