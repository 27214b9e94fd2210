package dissect

import (
	"fmt"
	"strings"
	"time"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// A line collects what a summary tells, with a space between.
type line struct{ strings.Builder }

func (l *line) add(format string, args ...any) {
	if l.Len() > 0 {
		l.WriteByte(' ')
	}
	fmt.Fprintf(l, format, args...)
}

// flag adds the name of a flag if it is set.
func (l *line) flag(name string, set bool) {
	if set {
		l.add("[%s]", name)
	}
}

// Summary returns what matters of the message in one line, without its name: an error
// if it is damaged.
func (m *Message) Summary() string {
	var l line
	if m.Err != nil {
		l.add("damaged at offset %d: %s", m.ErrorOffset(), m.ErrorText())
		return l.String()
	}
	switch m.Protocol {
	case ASAP:
		if p, ok := m.parsed.(asapmsg.Message); ok {
			l.asap(p)
		}
	case ENRP:
		l.enrp(m)
	case CSP, FGP, PingPong, CalcApp, SSP:
		l.app(m)
	default:
		l.data(m.Octets)
	}
	return l.String()
}

func (l *line) asap(m asapmsg.Message) {
	switch m := m.(type) {
	case *asapmsg.Registration:
		l.pool(m.PoolHandle)
		l.element(&m.PoolElement)
		l.add("life=%v", m.PoolElement.RegistrationLife)
	case *asapmsg.Deregistration:
		l.poolAndElement(m.PoolHandle, m.PEID)
	case *asapmsg.RegistrationResponse:
		l.poolAndElement(m.PoolHandle, m.PEID)
		l.flag("R", m.Reject)
		l.causes(m.Causes)
	case *asapmsg.DeregistrationResponse:
		l.poolAndElement(m.PoolHandle, m.PEID)
		l.causes(m.Causes)
	case *asapmsg.HandleResolution:
		l.pool(m.PoolHandle)
		switch m.Items {
		case 0:
		case asapmsg.AllItems:
			l.add("items=all")
		default:
			l.add("items=%d", m.Items)
		}
		l.flag("S", m.Subscribe)
	case *asapmsg.HandleResolutionResponse:
		l.pool(m.PoolHandle)
		l.flag("A", m.Accept)
		l.causes(m.Causes)
		if len(m.Causes) == 0 {
			l.elements(m.Policy, m.PoolElements)
		}
	case *asapmsg.EndpointKeepAlive:
		l.poolAndElement(m.PoolHandle, m.PEID)
		l.add("server=%v", m.ServerID)
		l.flag("H", m.Home)
	case *asapmsg.EndpointKeepAliveAck:
		l.poolAndElement(m.PoolHandle, m.PEID)
	case *asapmsg.EndpointUnreachable:
		l.poolAndElement(m.PoolHandle, m.PEID)
	case *asapmsg.ServerAnnounce:
		l.add("server=%v", m.ServerID)
		for i := range m.Transports {
			l.transport(&m.Transports[i])
		}
	case *asapmsg.Cookie:
		l.cookie(m.Cookie)
	case *asapmsg.CookieEcho:
		l.cookie(m.Cookie)
	case *asapmsg.BusinessCard:
		l.pool(m.PoolHandle)
		l.elements(m.Policy, m.PoolElements)
	case *asapmsg.Error:
		l.causes(m.Causes)
	}
}

func (l *line) pool(h wire.PoolHandle) { l.add("pool=%s", text(h)) }

func (l *line) poolAndElement(h wire.PoolHandle, id wire.PEID) {
	l.pool(h)
	if id != 0 {
		l.add("pe=%v", id)
	}
}

func (l *line) element(e *wire.PoolElement) {
	l.add("pe=%v", e.ID)
	if e.HomeID != 0 {
		l.add("home=%v", e.HomeID)
	}
	l.transport(&e.UserTransport)
	l.add("%v", e.Policy)
	if e.Policy.Type.Adaptive() {
		l.add("load=%v%%", percent(e.Policy.Load))
	}
}

// elements adds the policy of a pool and the identifiers of elements.
func (l *line) elements(p *wire.Policy, es []wire.PoolElement) {
	if p != nil {
		l.add("%v", p.Type)
	}
	ids := make([]string, len(es))
	for i := range es {
		ids[i] = es[i].ID.String()
	}
	l.add("pes=%d", len(es))
	l.some(ids)
}

// some adds the first items of a list.
func (l *line) some(items []string) {
	const most = 4
	if len(items) > most {
		items = append(items[:most:most], "...")
	}
	if len(items) > 0 {
		l.add("%s", strings.Join(items, ","))
	}
}

// transport adds the protocol, the first address with the port, and how many more
// addresses there are.
func (l *line) transport(t *wire.Transport) {
	ports := t.AddrPorts()
	if len(ports) == 0 {
		l.add("%v", t.Protocol)
		return
	}
	l.add("%v %v", t.Protocol, ports[0])
	if len(ports) > 1 {
		l.add("+%d", len(ports)-1)
	}
	if t.Use == wire.DataAndControl {
		l.add("with control")
	}
}

func (l *line) causes(causes []wire.ErrorCause) {
	for i := range causes {
		if i > 0 {
			l.WriteByte(',')
		}
		l.add("%v", causes[i].Code)
	}
}

func (l *line) cookie(c []byte) {
	t := cookieTree(wire.RawParam{Type: wire.ParamCookie, Value: c})
	l.add("%d octets", len(c))
	switch t.Get("protocol") {
	case string(PingPong):
		l.add("PingPong reply_no=%v", t.Get("reply_no"))
	case string(FGP):
		l.add("FGP at %v,%v", t.Get("current_x"), t.Get("current_y"))
	}
}

// data adds the beginning of user data as text.
func (l *line) data(b []byte) {
	const most = 48
	l.add("%d octets", len(b))
	b = trimLineEnd(b)
	more := ""
	if len(b) > most {
		b, more = b[:most], "..."
	}
	if len(b) > 0 {
		l.add("\"%s\"%s", text(b), more)
	}
}

func trimLineEnd(b []byte) []byte {
	for len(b) > 0 && (b[len(b)-1] == '\n' || b[len(b)-1] == '\r') {
		b = b[:len(b)-1]
	}
	return b
}

// rounded returns a time without what nobody reads.
func rounded(d time.Duration) time.Duration {
	if d >= time.Minute {
		return d.Round(time.Second)
	}
	return d.Round(time.Millisecond)
}
