package multicast_test

import (
	"context"
	"fmt"
	"log"
	"net/netip"

	"github.com/rserpool-go/rserpool/transport/multicast"
)

// A registrar's endpoint announces itself to a group; the receiver learns the
// endpoint's address from the datagram's source.
func Example() {
	ctx := context.Background()
	group := netip.MustParseAddrPort("239.255.77.52:3863")
	only := multicast.Interfaces{"lo"} // nil: all.

	receiver, err := multicast.Join(ctx, group, only)
	if err != nil {
		log.Fatal(err)
	}
	defer receiver.Close()

	endpoint, err := multicast.Listen(ctx, "udp", netip.IPv6Unspecified(), 3863)
	if err != nil {
		log.Fatal(err)
	}
	defer endpoint.Close()
	sender, err := multicast.NewSender(endpoint, multicast.Config{Interfaces: only})
	if err != nil {
		log.Fatal(err)
	}
	if err := sender.Send(group, []byte("announce")); err != nil {
		log.Fatal(err)
	}

	data, source, err := receiver.Receive(ctx)
	fmt.Printf("%s from %v, %v", data, source, err)
}
