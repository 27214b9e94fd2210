package multicast

import (
	"fmt"
	"testing"
)

// A full queue drops its oldest datagram for a new one.
func TestQueueDropsOldest(t *testing.T) {
	g := &group{queue: make(chan datagram, queueLen), closed: make(chan struct{})}
	for i := range queueLen + 10 {
		g.push(datagram{data: fmt.Append(nil, i)})
	}
	for i := range queueLen {
		data, _, err := g.Receive(t.Context())
		if err != nil || string(data) != fmt.Sprint(i+10) {
			t.Fatalf("datagram %d is %q, %v", i, data, err)
		}
	}
}
