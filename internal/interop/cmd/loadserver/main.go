// Command loadserver is a pool element whose load goes with its sessions, as it does
// with the services of the reference that calculate. Each session is told that it has
// begun, and lasts until its user ends it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/transport/sctp"
	"github.com/rserpool-go/rserpool/wire"
)

// closeTimeout is how long the deregistration may take.
const closeTimeout = 3 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "loadserver:", err)
		os.Exit(1)
	}
}

// run registers the element and serves it until the context ends.
func run(ctx context.Context) error {
	var registrar netip.AddrPort
	flag.TextVar(&registrar, "registrar", registrar, "the registrar's address and port")
	pool := flag.String("poolhandle", "LoadPool", "pool to register in")
	identifier := flag.String("identifier", "0", "identifier of the element")
	policy := flag.String("policy", "LeastUsed", "pool policy with its values")
	share := flag.Float64("share", 0.5, "what a session adds to the load, as a fraction of 1")
	flag.Parse()
	id, err := strconv.ParseUint(*identifier, 0, 32)
	if err != nil {
		return err
	}
	values, err := wire.ParsePolicyText(*policy)
	if err != nil {
		return err
	}
	node, err := asap.NewNode(ctx, asap.Config{
		Network:    sctp.New(sctp.Config{Kind: sctp.Kernel}),
		Registrars: [][]netip.AddrPort{{registrar}},
		NoAnnounce: true,
	})
	if err != nil {
		return err
	}
	l, err := node.Listen(ctx, wire.PoolHandle(*pool), asap.ListenConfig{ID: wire.PEID(id), Policy: values})
	if err != nil {
		return err
	}
	fmt.Println("registered, serving")
	s := server{listener: l, policy: values, share: uint32(*share * wire.FullLoad), begun: make(chan *asap.ServerSession), ended: make(chan struct{})}
	err = s.serve(ctx)
	closing, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return errors.Join(err, l.Close(closing), node.Close(closing))
}

// A server is a pool element with its load, which one goroutine owns.
type server struct {
	listener *asap.Listener
	policy   wire.Policy
	share    uint32
	begun    chan *asap.ServerSession
	ended    chan struct{}
}

// serve accepts sessions and tells the registrar the load, until the context ends.
func (s *server) serve(ctx context.Context) error {
	failed := make(chan error, 1)
	go func() { failed <- s.accept(ctx) }()
	for {
		select {
		case session := <-s.begun:
			s.policy.Load += s.share
			go s.hold(ctx, session)
		case <-s.ended:
			s.policy.Load -= s.share
		case err := <-failed:
			return err
		}
		if err := s.listener.SetPolicy(ctx, s.policy); err != nil {
			return err
		}
	}
}

// accept takes sessions until the context ends.
func (s *server) accept(ctx context.Context) error {
	for {
		session, err := s.listener.Accept(ctx)
		if err != nil {
			return err
		}
		select {
		case s.begun <- session:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// hold tells the user that the session has begun, and waits for its end.
func (s *server) hold(ctx context.Context, session *asap.ServerSession) {
	err := session.Send(ctx, asap.Data{Data: []byte("session begun")})
	for err == nil {
		_, err = session.Receive(ctx)
	}
	select {
	case s.ended <- struct{}{}:
	case <-ctx.Done():
	}
}
