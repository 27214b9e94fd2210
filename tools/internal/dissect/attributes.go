package dissect

import (
	"cmp"
	"log/slog"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
	"github.com/rserpool-go/rserpool/wire/logkey"
)

// Messages of ASAP and ENRP describe themselves by the attributes that they give to a
// logger. A summary shows these attributes.

// attributes returns the attributes of the message, nil if it is damaged or of another
// protocol.
func (m *Message) attributes() []slog.Attr {
	if m.Err != nil {
		return nil
	}
	switch p := m.parsed.(type) {
	case asapmsg.Message:
		return p.LogValue().Group()
	case enrpmsg.Message:
		return p.LogValue().Group()
	}
	return nil
}

// forms are the texts in front of and behind the value of an attribute in a summary.
// Other attributes have their key and = in front.
var forms = map[string]struct{ front, behind string }{
	logkey.PEID:       {"pe=", ""},
	logkey.PEIDs:      {},
	logkey.HomeID:     {"home=", ""},
	logkey.ServerID:   {"server=", ""},
	logkey.ServerIDs:  {},
	logkey.TargetID:   {"target=", ""},
	logkey.Pools:      {},
	logkey.Transport:  {},
	logkey.Transports: {},
	logkey.Policy:     {},
	logkey.Load:       {"load=", "%"},
	logkey.Causes:     {},
	logkey.Action:     {},
	logkey.Entries:    {"pools=", ""},
	logkey.Elements:   {"pes=", ""},
	logkey.Octets:     {"", " octets"},
}

// flagLetters are the names that the RFCs and RSPLIB give to flags.
var flagLetters = map[string]string{
	logkey.Reject:            "R",
	logkey.Subscribe:         "S",
	logkey.Accept:            "A",
	logkey.Home:              "H",
	logkey.ReplyRequired:     "R",
	logkey.OwnChildrenOnly:   "W",
	logkey.MoreToSend:        "M",
	logkey.TakeoverSuggested: "T",
}

// attributes adds the attributes of the message.
func (l *line) attributes(m *Message) {
	for _, a := range m.attributes() {
		switch {
		case a.Key == logkey.Message:
		case a.Value.Kind() == slog.KindBool:
			l.flag(cmp.Or(flagLetters[a.Key], a.Key), a.Value.Bool())
		case a.Key == logkey.Items && a.Value.Uint64() == asapmsg.AllItems:
			l.add("items=all")
		default:
			l.attribute(a)
		}
		if a.Key == logkey.Octets {
			l.cookie(m.Octets)
		}
	}
}

// attribute adds an attribute unless it is an empty list.
func (l *line) attribute(a slog.Attr) {
	value := a.Value.Resolve().String()
	if value == "" {
		return
	}
	l.begin()
	f, ok := forms[a.Key]
	if !ok {
		l.WriteString(a.Key)
		l.WriteByte('=')
	}
	l.WriteString(f.front)
	l.WriteString(value)
	l.WriteString(f.behind)
}

// cookie adds the state of a session in the cookie of a message, if the application is
// known.
func (l *line) cookie(message []byte) {
	for p := range wire.Params(body(message)) {
		if p.Type != wire.ParamCookie {
			continue
		}
		switch cookie := cookieTree(p); cookie.Get("protocol") {
		case string(PingPong):
			l.add("PingPong reply_no=%v", cookie.Get("reply_no"))
		case string(FGP):
			l.add("FGP at %v,%v", cookie.Get("current_x"), cookie.Get("current_y"))
		}
	}
}

// Pools returns the pools that the message names.
func (m *Message) Pools() (pools []wire.PoolHandle) {
	for _, a := range m.attributes() {
		switch v := a.Value.Any().(type) {
		case wire.PoolHandle:
			pools = append(pools, v)
		case wire.List[enrpmsg.PoolEntry]:
			for i := range v {
				pools = append(pools, v[i].PoolHandle)
			}
		}
	}
	return pools
}
