package node

import (
	"context"
	"time"

	"github.com/rserpool-go/rserpool/asap"
)

// leaveTimeout is the time for the last messages to arrive at the end.
const leaveTimeout = 2 * time.Second

// Leave closes the endpoint of a pool user, which leaves nothing behind. The last messages have two
// seconds to arrive.
func Leave(n *asap.Node) {
	closing, cancel := context.WithTimeout(context.Background(), leaveTimeout)
	defer cancel()
	_ = n.Shutdown(closing) // After the time the endpoint is closed all the same.
}
