package dissect

import (
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/logkey"
)

// asapFlags are the flags of messages.
var asapFlags = map[asapmsg.Type][]flagBit{
	asapmsg.TypeRegistrationResponse:     {{0x01, logkey.Reject}},
	asapmsg.TypeHandleResolution:         {{0x01, logkey.Subscribe}},
	asapmsg.TypeHandleResolutionResponse: {{0x01, logkey.Accept}},
	asapmsg.TypeEndpointKeepAlive:        {{0x01, logkey.Home}, {0x80, logkey.Contested}},
}

// asapTree returns the fields of a message of ASAP.
func asapTree(m *Message) Tree {
	b := m.Octets
	if len(b) < headerLen {
		return nil
	}
	typ := asapmsg.Type(b[0])
	t := head(m, asapFlags[typ])
	rest, at := body(b), headerLen
	if typ == asapmsg.TypeEndpointKeepAlive || typ == asapmsg.TypeServerAnnounce {
		t.id("server_id", b[:headerLen+len(rest)], at)
		n := min(4, len(rest))
		rest, at = rest[n:], at+n
	}
	many := typ == asapmsg.TypeHandleResolutionResponse || typ == asapmsg.TypeBusinessCard
	t.params(rest, at, func(t *Tree, p wire.RawParam) (string, bool) {
		if many && p.Type == wire.ParamPoolElement {
			return "pool_elements", true
		}
		return paramName(t, p)
	})
	return t
}
