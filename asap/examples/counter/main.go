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
	ctx := context.Background()
	run := map[string]func(context.Context, *asap.Node) error{"serve": serve, "count": count}
	if len(os.Args) < 2 || run[os.Args[1]] == nil {
		log.Fatal("usage: counter serve|count [REGISTRAR...]")
	}
	node, err := asap.Open(ctx, asap.Config{Registrars: os.Args[2:]})
	if err == nil {
		err = run[os.Args[1]](ctx, node)
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
			if state, resumed := s.State(); err == nil && resumed && n == 0 {
				n, err = counts.Open(state)
			}
			n++
			var state []byte
			if err == nil {
				state, err = counts.Seal(n)
			}
			if err == nil {
				err = s.SetState(ctx, state) // First: a count that the user has seen is not lost.
			}
			if err == nil {
				err = s.Send(ctx, asap.Message{Data: fmt.Append(nil, n)})
			}
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

func count(ctx context.Context, node *asap.Node) error {
	session, err := node.Dial(ctx, "Counter", nil)
	for ; err == nil; time.Sleep(10 * time.Millisecond) {
		var reply asap.Message
		if reply, err = session.Request(ctx, asap.Message{Data: []byte("next")}); err == nil {
			fmt.Printf("%s from %v\n", reply.Data, session.Element())
		}
	}
	return err
}
