package capture

import (
	"context"
	"net/netip"
	"sync"

	"github.com/rserpool-go/rserpool/transport"
)

// group implements transport.Group.
type group struct {
	transport.Group
	addr     netip.AddrPort
	network  *network
	recorder *recorder
	closing  sync.Once
}

// Receive implements transport.Group.
func (g *group) Receive(ctx context.Context) ([]byte, netip.AddrPort, error) {
	data, source, err := g.Group.Receive(ctx)
	if err == nil && g.recorder != nil && !g.network.isOwn(source) {
		g.recorder.note(event{kind: datagram, flow: newFlow(g.addr, source, false), inbound: true}, data)
	}
	return data, source, err
}

// Close implements transport.Group.
func (g *group) Close() error {
	err := g.Group.Close()
	g.closing.Do(g.network.release)
	return err
}
