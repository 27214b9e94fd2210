package attack

import (
	"context"
	"fmt"
	"time"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

const subscriptionItems = 128

// subscribe subscribes to Count pools that do not exist, over each association.
func subscribe(ctx context.Context, w *work) error {
	return w.each(func(k int) error {
		s, err := w.subscriber(ctx, k)
		if err != nil {
			return err
		}
		defer s.close()
		for i := 0; i < w.Count && ctx.Err() == nil; i++ {
			if err := s.tell(ctx, subscription(wire.PoolHandle(fmt.Sprint("Flood", i)))); err != nil {
				return w.endError(ctx, err)
			}
			w.count(1)
		}
		<-ctx.Done()
		return nil
	})
}

// stormSubscriptions subscribes to one pool over all associations but the first, which changes the pool's element as fast
// as the registrar takes it. Each change asks for a message to each association.
func stormSubscriptions(ctx context.Context, w *work) error {
	owner, err := w.speakASAP(ctx, 0)
	if err != nil {
		return err
	}
	defer owner.close()
	owner.hearASAP(func(m asapmsg.Message) {
		if k, ok := m.(*asapmsg.EndpointKeepAlive); ok {
			_ = owner.tell(ctx, &asapmsg.EndpointKeepAliveAck{PoolHandle: k.PoolHandle, PEID: k.PEID})
		}
	})
	pools := make([]wire.PoolHandle, stormPools)
	for i := range pools {
		pools[i] = wire.PoolHandle(fmt.Sprint("Storm", i))
		for id := range w.Size {
			e := newElement(wire.PEID(id+1), owner.addr().Addr())
			if err := owner.tell(ctx, &asapmsg.Registration{PoolHandle: pools[i], PoolElement: withWeight(e, 1)}); err != nil {
				return w.endError(ctx, err)
			}
		}
	}
	subscribers, err := w.subscribers(ctx, pools)
	defer func() {
		for _, s := range subscribers {
			s.close()
		}
	}()
	if err != nil {
		return err
	}
	for p, i := w.pacer(1), 0; p.next(ctx); i++ {
		e := withWeight(newElement(1, owner.addr().Addr()), uint32(2+i%1000))
		if err := owner.tell(ctx, &asapmsg.Registration{PoolHandle: pools[i%len(pools)], PoolElement: e}); err != nil {
			return w.endError(ctx, err)
		}
		w.count(1)
	}
	return nil
}

const stormPools = 10

func withWeight(e wire.PoolElement, weight uint32) wire.PoolElement {
	e.Policy = wire.Policy{Type: wire.WeightedRoundRobin, Weight: weight}
	return e
}

// subscribers opens the associations, which subscribe to the pools. Associations that are refused are an outcome, unless
// all are refused.
func (w *work) subscribers(ctx context.Context, pools []wire.PoolHandle) (list []*speaker, err error) {
	for k := range w.Associations {
		var s *speaker
		if s, err = w.subscriber(ctx, k); err != nil {
			w.note("failed associations", 1)
			continue
		}
		list = append(list, s)
		for _, pool := range pools {
			if err = s.tell(ctx, subscription(pool)); err != nil {
				break
			}
		}
	}
	if len(list) > 0 {
		err = nil
	}
	for limit := time.Now().Add(subscriptionWait); w.outcome(outcomeAnswers) < int64(len(list)*len(pools)) && time.Now().Before(limit); {
		Pause(ctx, answerPoll)
	}
	return list, err
}

const (
	subscriptionWait = time.Second
	outcomeAnswers   = "answers"
)

// subscriber opens an association that counts the answers.
func (w *work) subscriber(ctx context.Context, k int) (*speaker, error) {
	s, err := w.speakASAP(ctx, k)
	if err != nil {
		return nil, err
	}
	s.hearASAP(func(m asapmsg.Message) {
		if r, ok := m.(*asapmsg.HandleResolutionResponse); ok {
			w.note(outcomeAnswers, 1)
			if r.Accept {
				w.note("accepted subscriptions and updates", 1)
			}
		}
	})
	return s, nil
}

func subscription(pool wire.PoolHandle) *asapmsg.HandleResolution {
	return &asapmsg.HandleResolution{Subscribe: true, PoolHandle: pool, Items: subscriptionItems}
}
