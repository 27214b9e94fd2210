// Command idleusers opens associations with a registrar, asks one question over each, and
// then leaves them alone until it is ended.
package main

import (
	"context"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/sctp"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// heartbeat is the time between two heartbeats to the registrar, which sends its own.
const heartbeat = 30 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "idleusers:", err)
		os.Exit(1)
	}
}

// run opens the associations and keeps them until the context ends.
func run(ctx context.Context) error {
	var registrar netip.AddrPort
	flag.TextVar(&registrar, "registrar", registrar, "the registrar's address and port")
	n := flag.Int("associations", 1, "how many to open")
	flag.Parse()
	network := sctp.New(sctp.Config{Kind: sctp.Kernel, HeartbeatInterval: heartbeat})
	question, err := (&asapmsg.HandleResolution{PoolHandle: "Nowhere"}).AppendBinary(nil)
	if err != nil {
		return err
	}
	for range *n {
		endpoint, err := network.Listen(ctx, transport.ListenConfig{})
		if err != nil {
			return err
		}
		defer endpoint.Close()
		assoc, err := endpoint.Dial(ctx, []netip.AddrPort{registrar})
		if err != nil {
			return err
		}
		if err := assoc.Send(ctx, transport.Message{PPID: wire.PPIDASAP, Data: question}); err != nil {
			return err
		}
		if _, err := assoc.Receive(ctx); err != nil {
			return err
		}
	}
	fmt.Println("all associations are up")
	<-ctx.Done()
	return nil
}
