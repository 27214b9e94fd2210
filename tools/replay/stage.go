package replay

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/tools/internal/player"
	"github.com/rserpool-go/rserpool/tools/internal/script"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/hub"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
)

// stage carries out the actions of a player at one registrar.
type stage struct {
	player    *player.Player
	network   transport.Network
	registrar Registrar
	local     []netip.Addr

	actors  map[player.ActorID]*actor
	events  chan<- stageEvent
	running sync.WaitGroup    // the goroutines of all endpoints
	observe func(step.Action) // gets outcomes, mappings and played cues

	// blocked are actions that wait, in their order, until the first has room in a send
	// queue.
	blocked []step.Action
}

const (
	// sendQueue is the number of messages that may wait to be sent by an endpoint.
	sendQueue = 256
	// retryInterval is the time after which a full send queue is tried again.
	retryInterval = time.Millisecond
)

// actor is an endpoint of a stage.
type actor struct {
	hub   *hub.Hub[script.Message]
	ppid  uint32
	ended chan struct{} // closed when its events are not wanted any more
}

// stageEvent is an event of an endpoint of a stage.
type stageEvent struct {
	stage *stage
	event player.Happened
}

// listenTimeout limits the opening of an endpoint.
const listenTimeout = 5 * time.Second

// step feeds the player and carries out its actions.
func (s *stage) step(ctx context.Context, ev step.Event) {
	for queue := []step.Event{ev}; len(queue) > 0; queue = queue[1:] {
		for _, a := range s.player.Step(time.Now(), queue[0]) {
			switch a := a.(type) {
			case player.OpenActor:
				queue = append(queue, s.open(ctx, a))
			case player.CloseActor, player.Do:
				s.blocked = append(s.blocked, a)
				s.unblock()
			default:
				s.observe(a)
			}
		}
	}
}

// open binds an endpoint and runs it.
func (s *stage) open(ctx context.Context, a player.OpenActor) player.Opened {
	ctx, cancel := context.WithTimeout(ctx, listenTimeout)
	defer cancel()
	endpoint, err := s.network.Listen(ctx, transport.ListenConfig{Addrs: s.local})
	if err != nil {
		return player.Opened{Actor: a.Actor, Err: err}
	}
	h := hub.New(hub.Config[script.Message]{
		Endpoint: endpoint,
		PPID:     a.PPID,
		// A queue has room for answers to the registrar, while cues wait.
		QueueLimit: sendQueue,
		Parse:      func(b []byte) (script.Message, error) { return script.ParseMessage(a.PPID, b), nil },
	})
	acting := &actor{hub: h, ppid: a.PPID, ended: make(chan struct{})}
	s.actors[a.Actor] = acting
	s.running.Go(func() { s.forward(a.Actor, acting) })
	return player.Opened{Actor: a.Actor, Addrs: h.LocalAddrs()}
}

// forward hands the events of an endpoint to the loop until the endpoint is closed.
func (s *stage) forward(id player.ActorID, a *actor) {
	for {
		select {
		case ev := <-a.hub.Events():
			select {
			case s.events <- stageEvent{s, player.Happened{Actor: id, Event: ev}}:
			case <-a.ended:
				return
			}
		case <-a.ended:
			return
		}
	}
}

// unblock carries out the actions that wait, as far as the send queues have room.
func (s *stage) unblock() {
	for len(s.blocked) > 0 {
		switch a := s.blocked[0].(type) {
		case player.CloseActor:
			s.close(a.Actor)
		case player.Do:
			if !s.do(a) {
				return
			}
		}
		s.blocked = s.blocked[1:]
	}
}

// do carries out a common action of an endpoint. It returns false if a message has no room in the
// send queue.
func (s *stage) do(d player.Do) bool {
	a := s.actors[d.Actor]
	if a == nil {
		return true
	}
	switch action := d.Action.(type) {
	case step.Send:
		return !errors.Is(a.hub.Send(action.Assoc, action.Message), hub.ErrQueueFull)
	case step.Dial:
		action.Addrs = s.registrar.ASAP
		if a.ppid == wire.PPIDENRP {
			action.Addrs = s.registrar.ENRP
		}
		a.hub.Do(action)
	default:
		a.hub.Do(action)
	}
	return true
}

// close closes an endpoint. The end of its associations is not waited for.
func (s *stage) close(id player.ActorID) {
	a := s.actors[id]
	if a == nil {
		return
	}
	delete(s.actors, id)
	close(a.ended)
	s.running.Go(func() { _ = a.hub.Close() }) // The session is over, whatever an endpoint says.
}

// end closes all endpoints, and returns when no goroutine is left.
func (s *stage) end() {
	for id := range s.actors {
		s.close(id)
	}
	s.running.Wait()
}
