package enrp

import (
	"fmt"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// BenchmarkUpdate measures a Handle Update of the last of many peers, the most frequent
// message.
func BenchmarkUpdate(b *testing.B) {
	for _, peers := range []int{2, 50, maxPeers} {
		b.Run(fmt.Sprintf("peers=%d", peers), func(b *testing.B) {
			m := startBed(b, Config{})
			var last wire.ServerID
			for i := range peers {
				last = wire.ServerID(0x100 + i)
				m.addPeer(step.AssocID(1+i), last)
			}
			ev := Received{Assoc: step.AssocID(peers), Message: &enrpmsg.HandleUpdate{
				IDs: enrpmsg.IDs{Sender: last}, PoolHandle: "p", PoolElement: element(1, last, time.Minute),
			}}
			b.ReportAllocs()
			for b.Loop() {
				m.feed(ev)
				m.Deadline()
			}
		})
	}
}
