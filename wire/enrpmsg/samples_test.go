package enrpmsg_test

import (
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
	"github.com/rserpool-go/rserpool/wire/internal/wiretest"
)

// samples returns messages of every type, with every parameter and policy.
func samples() []enrpmsg.Message {
	const target = wire.ServerID(0xdeadbeef)
	ids := enrpmsg.IDs{Sender: 0xaabbccdd, Receiver: 0x01020304}
	elements, servers, unknown := wiretest.PoolElements(), wiretest.Servers(), wiretest.Unknown
	out := []enrpmsg.Message{
		&enrpmsg.Presence{IDs: ids, NoChecksum: true},
		&enrpmsg.Presence{IDs: ids, ReplyRequired: true, Checksum: 0x29a5, Server: &servers[1], Unknown: unknown},
		&enrpmsg.HandleTableRequest{IDs: ids, OwnChildrenOnly: true, Unknown: unknown},
		&enrpmsg.HandleTableResponse{IDs: ids, Reject: true},
		&enrpmsg.HandleTableResponse{
			IDs:        ids,
			MoreToSend: true,
			Entries: []enrpmsg.PoolEntry{
				{PoolHandle: "EchoPool", PoolElements: elements[:2]},
				{PoolHandle: "CalcAppPool", PoolElements: elements[len(elements)-2:]},
				{PoolHandle: "EchoPool", PoolElements: elements[3:4]},
			},
			Unknown: unknown,
		},
		&enrpmsg.ListRequest{IDs: ids, Unknown: unknown},
		&enrpmsg.ListResponse{IDs: ids, Reject: true},
		&enrpmsg.ListResponse{IDs: ids, Servers: servers, Unknown: unknown},
		&enrpmsg.InitTakeover{IDs: ids, TargetID: target, Unknown: unknown},
		&enrpmsg.InitTakeoverAck{IDs: ids, TargetID: target, Unknown: unknown},
		&enrpmsg.TakeoverServer{IDs: ids, TargetID: target, Unknown: unknown},
		&enrpmsg.Error{IDs: ids, Causes: wiretest.SampleCauses(), Unknown: unknown},
	}
	for i := range elements {
		out = append(out, &enrpmsg.HandleUpdate{
			IDs:               ids,
			TakeoverSuggested: i%2 == 1,
			Action:            enrpmsg.UpdateAction(i % 3),
			PoolHandle:        "EchoPool",
			PoolElement:       elements[i],
			Unknown:           unknown[:1+i%3],
		})
	}
	return out
}
