package cluster_test

import (
	"context"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
	"github.com/rserpool-go/rserpool/wire"
)

const pool = "cluster"

// addElements registers elements on a host, of which each has an endpoint of its own
// and knows only the given registrars. It returns their identifiers.
func addElements(t *testing.T, n int, on host, registrars ...*process) []wire.PEID {
	t.Helper()
	config := asap.Config{
		Network:        inNamespace{udpsctp.NewNetwork(udpsctp.Config{}), on.namespace},
		Local:          on.listen(),
		Announce:       transport.GroupConfig{Off: true},
		ConnectTimeout: time.Second,
	}
	for _, r := range registrars {
		config.Registrars = append(config.Registrars, r.asap.String())
	}
	var ids []wire.PEID
	for range n {
		ids = append(ids, addElement(t, config, on))
	}
	return ids
}

func addElement(t *testing.T, config asap.Config, on host) wire.PEID {
	t.Helper()
	node, err := asap.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = node.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	listener, err := node.Listen(ctx, pool, &asap.ListenConfig{Local: on.listen(), Interval: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return listener.ID()
}
