package asapmsg_test

import (
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/internal/wiretest"
)

// samples returns messages of every type, with every parameter and policy.
func samples() []asapmsg.Message {
	const (
		pool = wire.PoolHandle("EchoPool")
		id   = wire.PEID(0x12345678)
	)
	elements, unknown, causes := wiretest.PoolElements(), wiretest.Unknown, wiretest.SampleCauses()
	last := elements[len(elements)-3:]
	out := []asapmsg.Message{
		&asapmsg.RegistrationResponse{PoolHandle: pool, PEID: id},
		&asapmsg.RegistrationResponse{Reject: true, PoolHandle: pool, PEID: id, Causes: causes, Unknown: unknown},
		&asapmsg.Deregistration{PoolHandle: pool, PEID: id, Unknown: unknown},
		&asapmsg.DeregistrationResponse{PoolHandle: pool, PEID: id, Causes: causes, Unknown: unknown},
		&asapmsg.HandleResolution{PoolHandle: "\x00", Items: asapmsg.AllItems, Subscribe: true, Unknown: unknown},
		&asapmsg.HandleResolutionResponse{PoolHandle: pool, Causes: causes, Unknown: unknown},
		&asapmsg.HandleResolutionResponse{
			Accept: true, PoolHandle: pool, Policy: &elements[0].Policy, PoolElements: last, Unknown: unknown,
		},
		&asapmsg.EndpointKeepAlive{ServerID: 1, PoolHandle: pool},
		&asapmsg.EndpointKeepAlive{Home: true, ServerID: 1, PoolHandle: pool, PEID: id, Unknown: unknown},
		&asapmsg.EndpointKeepAlive{Contested: true, ServerID: 1, PoolHandle: pool, PEID: id},
		&asapmsg.EndpointKeepAliveAck{PoolHandle: pool, PEID: id, Unknown: unknown},
		&asapmsg.EndpointUnreachable{PoolHandle: pool, PEID: id, Unknown: unknown},
		&asapmsg.ServerAnnounce{ServerID: 1},
		&asapmsg.ServerAnnounce{ServerID: 1, Transports: wiretest.AnnounceTransports(), Unknown: unknown},
		&asapmsg.Cookie{Cookie: []byte("biscuit"), Unknown: unknown},
		&asapmsg.CookieEcho{Cookie: []byte("biscuit"), Unknown: unknown},
		&asapmsg.BusinessCard{PoolHandle: pool, Policy: &elements[1].Policy, PoolElements: last, Unknown: unknown},
		&asapmsg.Error{Causes: causes, Unknown: unknown},
	}
	for i := range elements {
		out = append(out, &asapmsg.Registration{PoolHandle: pool, PoolElement: elements[i], Unknown: unknown[:1+i%3]})
	}
	return out
}
