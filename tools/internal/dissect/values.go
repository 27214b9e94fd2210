package dissect

import (
	"encoding/binary"
	"net/netip"

	"github.com/rserpool-go/rserpool/apps/fractal"
	"github.com/rserpool-go/rserpool/apps/pingpong"
	"github.com/rserpool-go/rserpool/wire"
)

// address returns an address parameter as text.
func address(p wire.RawParam) (string, bool) {
	switch {
	case p.Type == wire.ParamIPv4Address && len(p.Value) == 4:
		return netip.AddrFrom4([4]byte(p.Value)).String(), true
	case p.Type == wire.ParamIPv6Address && len(p.Value) == 16:
		return netip.AddrFrom16([16]byte(p.Value)).String(), true
	}
	return "", false
}

// policyFields are the fields of policies in their order on the wire. Fractions are
// given in percent as well.
var policyFields = []struct {
	field    wire.PolicyFields
	name     string
	fraction bool
}{
	{wire.FieldWeight, "weight", false},
	{wire.FieldPriority, "priority", false},
	{wire.FieldLoad, "load", true},
	{wire.FieldLoadDegradation, "degradation", true},
	{wire.FieldWeightDPF, "weight_dpf", true},
	{wire.FieldLoadDPF, "load_dpf", true},
	{wire.FieldDistance, "distance_ms", false},
}

func policyTree(p wire.RawParam) Tree {
	at, v := int(p.Offset)+headerLen, p.Value
	typ := wire.PolicyType(binary.BigEndian.Uint32(v))
	var t Tree
	if typ.Known() {
		t.add("type", typ.String(), at, 4)
	} else {
		t.add("type", hex32(uint32(typ)), at, 4)
	}
	at, v = at+4, v[4:]
	for _, f := range policyFields {
		if typ.Fields()&f.field == 0 || len(v) < 4 {
			continue
		}
		value := binary.BigEndian.Uint32(v)
		t.add(f.name, uint64(value), at, 4)
		if f.fraction {
			t.add(f.name+"_percent", percent(value), at, 4)
		}
		at, v = at+4, v[4:]
	}
	if len(v) > 0 {
		t.add("extra", octets(v), at, len(v))
	}
	return t
}

func causeList(p wire.RawParam) List {
	list := List{}
	for q, err := range p.Nested(0) {
		if err != nil {
			break
		}
		var t Tree
		code := wire.CauseCode(q.Type)
		t.add("code", hex16(uint16(code)), int(q.Offset), 2)
		t.add("name", code.String(), int(q.Offset), 2)
		if len(q.Value) > 0 {
			t.add("info", octets(q.Value), int(q.Offset)+headerLen, len(q.Value))
		}
		list = append(list, Field{Value: t, Offset: int(q.Offset), Len: headerLen + len(q.Value)})
	}
	return list
}

// cookieTree returns a cookie, with what is in it if it tells what it is.
func cookieTree(p wire.RawParam) Tree {
	at := int(p.Offset) + headerLen
	var t Tree
	t.add("value", octets(p.Value), at, len(p.Value))
	if c, err := pingpong.ParseCookie(p.Value); err == nil {
		t.add("protocol", string(PingPong), at, len(pingpong.CookieID))
		t.add("reply_no", c.ReplyNo, at+len(pingpong.CookieID), 8)
	}
	if c, err := fractal.ParseCookie(p.Value); err == nil {
		inner := at + len(fractal.CookieID)
		t.add("protocol", string(FGP), at, len(fractal.CookieID))
		t.add("parameter", parameterTree(&c.Parameter, inner), inner, parameterLen)
		t.add("current_x", uint64(c.CurrentX), inner+parameterLen, 4)
		t.add("current_y", uint64(c.CurrentY), inner+parameterLen+4, 4)
	}
	return t
}
