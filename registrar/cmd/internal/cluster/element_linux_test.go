package cluster_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
	"github.com/rserpool-go/rserpool/wire"
)

const pool wire.PoolHandle = "cluster"

// addElements registers elements on a host, of which each has an endpoint of its own
// and knows only the given registrars. It returns their identifiers.
func addElements(t *testing.T, n int, on host, registrars ...*process) []wire.PEID {
	t.Helper()
	config := asap.Config{
		Network:        inNamespace{udpsctp.NewNetwork(udpsctp.Config{}), on.namespace},
		Local:          on.listen(),
		NoAnnounce:     true,
		ConnectTimeout: time.Second,
	}
	for _, r := range registrars {
		config.Registrars = append(config.Registrars, []netip.AddrPort{r.asap})
	}
	var ids []wire.PEID
	for range n {
		ids = append(ids, addElement(t, config, on))
	}
	return ids
}

func addElement(t *testing.T, config asap.Config, on host) wire.PEID {
	t.Helper()
	node, err := asap.NewNode(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		_ = node.Close(ended) // At once, whatever its registrar says.
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	listener, err := node.Listen(ctx, pool, asap.ListenConfig{Local: on.listen(), Interval: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return listener.ID()
}
