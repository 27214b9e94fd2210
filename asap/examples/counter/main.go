// Command counter counts for its users, and goes on counting at another server when a server
// dies. The count travels as the sealed state of the session.
//
//	export COUNTER_KEY=$(openssl rand -hex 32)
//	counter serve [REGISTRAR...]    # any number of times
//	counter count [REGISTRAR...]
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/asap/cookie"
)

func main() {
	if len(os.Args) < 2 {
		log.Fatal("usage: counter serve|count [REGISTRAR...]")
	}
	ctx := context.Background()
	node, err := asap.Open(ctx, asap.Config{Registrars: os.Args[2:]})
	switch {
	case err != nil:
	case os.Args[1] == "serve":
		err = serve(ctx, node)
	default:
		err = count(ctx, node)
	}
	log.Fatal(err)
}

func serve(ctx context.Context, node *asap.Node) error {
	key, err := cookie.ParseKey(os.Getenv("COUNTER_KEY"))
	if err != nil {
		return err
	}
	counts, err := cookie.New[int](cookie.Config{Key: key, Context: "Counter"})
	if err != nil {
		return err
	}
	listener, err := node.Listen(ctx, "Counter", nil)
	if err != nil {
		return err
	}
	return listener.Serve(ctx, asap.HandlerFunc(func(ctx context.Context, s *asap.Session) error {
		n := 0
		for _, err := range s.Messages(ctx) {
			if state, resumed := s.State(); resumed && n == 0 && err == nil {
				n, err = counts.Open(state)
			}
			if err != nil {
				return err
			}
			n++
			state, err := counts.Seal(n)
			if err == nil {
				err = s.SetState(ctx, state)
			}
			if err != nil {
				return err
			}
			if err := s.Send(ctx, asap.Message{Data: fmt.Append(nil, n)}); err != nil {
				return err
			}
		}
		return nil
	}))
}

func count(ctx context.Context, node *asap.Node) error {
	session, err := node.Dial(ctx, "Counter", nil)
	for err == nil {
		var reply asap.Message
		if reply, err = session.Request(ctx, asap.Message{Data: []byte("next")}); err == nil {
			fmt.Printf("%s from %v\n", reply.Data, session.Element())
			time.Sleep(10 * time.Millisecond)
		}
	}
	return err
}
