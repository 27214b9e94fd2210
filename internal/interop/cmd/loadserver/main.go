// Command loadserver is a pool element with a load that goes with its sessions, as the load of the
// calculating services of RSPLIB does. Each user is told that its session has begun. A session
// lasts until its user ends it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/sctp"
	"github.com/rserpool-go/rserpool/wire"
)

// closeTimeout limits the deregistration.
const closeTimeout = 3 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "loadserver:", err)
		os.Exit(1)
	}
}

// run registers the element and serves sessions until the context ends.
func run(ctx context.Context) error {
	registrar := flag.String("registrar", "", "the registrar's address and port")
	pool := flag.String("poolhandle", "LoadPool", "pool to register in")
	identifier := flag.String("identifier", "0", "identifier of the element")
	policy := flag.String("policy", "LeastUsed", "pool policy with its values")
	share := flag.Float64("share", 0.5, "load of a session, as a fraction of 1")
	flag.Parse()
	id, err := strconv.ParseUint(*identifier, 0, 32)
	if err != nil {
		return err
	}
	values, err := wire.ParsePolicyText(*policy)
	if err != nil {
		return err
	}
	node, err := asap.Open(ctx, asap.Config{
		Network:    sctp.New(sctp.Config{Kind: sctp.Kernel}),
		Registrars: []string{*registrar},
		Announce:   transport.GroupConfig{Off: true},
	})
	if err != nil {
		return err
	}
	l, err := node.Listen(ctx, *pool, &asap.ListenConfig{ID: wire.PEID(id), Policy: values})
	if err != nil {
		return err
	}
	fmt.Println("registered, serving")
	err = l.Serve(ctx, asap.HandlerFunc(func(ctx context.Context, s *asap.Session) error {
		s.SetLoad(*share)
		return hold(ctx, s)
	}))
	closing, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return errors.Join(err, node.Shutdown(closing))
}

// hold tells the user that the session has begun, and waits for its end.
func hold(ctx context.Context, s *asap.Session) error {
	if err := s.Send(ctx, asap.Message{Data: []byte("session begun")}); err != nil {
		return err
	}
	for _, err := range s.Messages(ctx) {
		if err != nil {
			return err
		}
	}
	return nil
}
