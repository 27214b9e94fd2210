package machine

import (
	"fmt"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
)

// A session does not go from element to element without an end and without a pause, however
// the elements behave.
func TestSessionAgainstAPoolThatRefuses(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(connects int) []step.Event{
		"unreachable": func(int) []step.Event { return []step.Event{ConnectFailed{}} },
		"dropping":    func(int) []step.Event { return []step.Event{Connected{}, Lost{}} },
		"leaving":     func(int) []step.Event { return []step.Event{Connected{}, Lost{Orderly: true}} },
		"mixed": func(connects int) []step.Event {
			if connects%2 == 0 {
				return []step.Event{ConnectFailed{}}
			}
			return []step.Event{Connected{}, Lost{}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := []wire.PoolElement{{ID: 1}, {ID: 2}, {ID: 3}}
			checkAttempts(t, 200, func() []wire.PoolElement { return pool }, answer)
		})
	}
}

// checkAttempts limits the attempts of a session in a minute. Its pool has the elements of
// pool at each resolution, and answer tells the events that follow an attempt.
func checkAttempts(t *testing.T, most int, pool func() []wire.PoolElement, answer func(connects int) []step.Event) {
	t.Helper()
	s := NewSession(SessionConfig{}, seeded())
	now, connects := steptest.Begin, 0
	queue := []step.Event{Start{}}
	for now.Sub(steptest.Begin) < time.Minute {
		if len(queue) == 0 {
			queue = []step.Event{step.Tick{}}
			now = s.Deadline()
		}
		ev := queue[0]
		queue = queue[1:]
		for _, a := range s.Step(now, ev) {
			switch a.(type) {
			case LookUp:
				queue = append(queue, Candidates{Elements: pool()})
			case Connect:
				connects++
				queue = append(queue, answer(connects)...)
			}
		}
		if connects > most {
			t.Fatalf("%d attempts in %v", connects, now.Sub(steptest.Begin))
		}
	}
}

// A registrar that has another element for each question does not keep a session busy
// without a pause, nor does an answer that is full of elements.
func TestSessionAgainstAnEndlessPool(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string][]step.Event{
		"unreachable": {ConnectFailed{}},
		"dropping":    {Connected{}, Lost{}},
	} {
		for _, number := range []int{1, 1500} {
			t.Run(fmt.Sprint(name, number), func(t *testing.T) {
				t.Parallel()
				id := wire.PEID(0)
				pool := func() []wire.PoolElement {
					elements := make([]wire.PoolElement, number)
					for i := range elements {
						id++
						elements[i].ID = id
					}
					return elements
				}
				checkAttempts(t, 30*128, pool, func(int) []step.Event { return answer })
			})
		}
	}
}
