package dissect

import (
	"encoding/binary"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
	"github.com/rserpool-go/rserpool/wire/logkey"
)

// enrpFlags are the flags of messages.
var enrpFlags = map[enrpmsg.Type][]flagBit{
	enrpmsg.TypePresence:            {{0x01, logkey.ReplyRequired}},
	enrpmsg.TypeHandleTableRequest:  {{0x01, logkey.OwnChildrenOnly}},
	enrpmsg.TypeHandleTableResponse: {{0x01, logkey.Reject}, {0x02, logkey.MoreToSend}},
	enrpmsg.TypeHandleUpdate:        {{0x01, logkey.TakeoverSuggested}},
	enrpmsg.TypeListResponse:        {{0x01, logkey.Reject}},
}

// enrpTree returns the fields of a message of ENRP.
func enrpTree(m *Message) Tree {
	b := m.Octets
	if len(b) < headerLen {
		return nil
	}
	typ := enrpmsg.Type(b[0])
	t := head(m, enrpFlags[typ])
	b = b[:headerLen+len(body(b))]
	t.id("sender_id", b, 4)
	t.id("receiver_id", b, 8)
	at := 12
	switch typ {
	case enrpmsg.TypeInitTakeover, enrpmsg.TypeInitTakeoverAck, enrpmsg.TypeTakeoverServer:
		t.id("target_id", b, at)
		at += 4
	case enrpmsg.TypeHandleUpdate:
		if len(b) >= at+4 {
			t.add("action", enrpmsg.UpdateAction(binary.BigEndian.Uint16(b[at:])).String(), at, 2)
		}
		at += 4
	}
	if len(b) <= at {
		return t
	}
	if typ == enrpmsg.TypeHandleTableResponse {
		t.pools(b[at:], at)
		return t
	}
	t.params(b[at:], at, func(t *Tree, p wire.RawParam) (string, bool) {
		if typ == enrpmsg.TypeListResponse && p.Type == wire.ParamServerInformation {
			return "servers", true
		}
		return paramName(t, p)
	})
	return t
}

// pools appends the parameters of a handle table: each pool handle begins a pool.
func (t *Tree) pools(b []byte, base int) {
	list := List{}
	start := base
	for p, err := range wire.ParamsAt(b, base) {
		if err != nil {
			break
		}
		at, n := int(p.Offset), headerLen+len(p.Value)
		switch {
		case p.Type == wire.ParamPoolHandle:
			var pool Tree
			pool.add("pool_handle", paramValue(p), at, n)
			list = append(list, Field{Value: pool, Offset: at, Len: n})
		case p.Type == wire.ParamPoolElement && len(list) > 0:
			last := &list[len(list)-1]
			pool, _ := last.Value.(Tree)
			pool.collect("pool_elements", paramValue(p), at, n)
			last.Value, last.Len = pool, at+n-last.Offset
		default:
			t.collect("unknown", rawTree(p), at, n)
		}
	}
	t.add("pools", list, start, len(b))
}
