package enrpmsg_test

import (
	"encoding/hex"
	"fmt"
	"net/netip"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

func ExampleParse() {
	received, _ := hex.DecodeString("07000010aabbccdd01020304deadbeef")
	m, err := enrpmsg.Parse(received)
	if err != nil {
		fmt.Println(err) // A *wire.SyntaxError.
		return
	}
	ids := m.ServerIDs()
	fmt.Println(m.Type(), "from", ids.Sender)
	if m, ok := m.(*enrpmsg.InitTakeover); ok {
		ack := &enrpmsg.InitTakeoverAck{
			IDs:      enrpmsg.IDs{Sender: ids.Receiver, Receiver: ids.Sender},
			TargetID: m.TargetID,
		}
		b, _ := ack.AppendBinary(nil)
		fmt.Printf("%x\n", b)
	}
	// Output:
	// ENRP_INIT_TAKEOVER from 0xaabbccdd
	// 0800001001020304aabbccdddeadbeef
}

// A registrar that keeps its elements encoded sends a part of its handlespace without
// encoding them again. Not before the message is full it is known whether there is
// more to send.
func ExampleHandleTableResponse_encoded() {
	element := wire.PoolElement{
		ID:            1,
		HomeID:        0x01020304,
		UserTransport: wire.Transport{Protocol: wire.SCTP, Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.10")}},
		Policy:        wire.Policy{Type: wire.RoundRobin},
	}
	encoded, _ := element.AppendBinary(nil) // Once, when the element was registered.
	stored := [][]byte{encoded, encoded, encoded}

	const limit = 120
	ids := enrpmsg.IDs{Sender: 0x01020304, Receiver: 0xaabbccdd}
	var buf []byte // Used again for each response.
	b := wire.BeginMessage(buf[:0], uint8(enrpmsg.TypeHandleTableResponse), 0)
	b, _ = ids.AppendBinary(b)
	b, _ = wire.PoolHandle("EchoPool").AppendBinary(b)
	for _, e := range stored {
		if len(b)+len(e) > limit {
			wire.SetFlags(b, 0, enrpmsg.MoreToSendBit)
			break
		}
		b = append(b, e...)
	}
	b, err := wire.EndMessage(b, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := enrpmsg.Parse(b)
	if err != nil {
		fmt.Println(err)
		return
	}
	response := m.(*enrpmsg.HandleTableResponse)
	fmt.Println(len(b), len(response.Entries[0].PoolElements), response.MoreToSend)
	// Output:
	// 104 2 true
}
