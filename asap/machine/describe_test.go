package machine

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// describe prints an action for the transcript of a scenario.
func describe(a Action) string {
	switch a := a.(type) {
	case Send:
		return fmt.Sprintf("send %d: %s", a.Assoc, describeMessage(a.Message))
	case Dial:
		return fmt.Sprintf("dial %d: %v", a.Dial, join(a.Addrs))
	case End:
		return fmt.Sprintf("end %d", a.Assoc)
	case Abort:
		return fmt.Sprintf("abort %d: %s", a.Assoc, a.Reason)
	case HomeChanged:
		return fmt.Sprintf("home changed: %v at %s", a.ID, join(a.Peer))
	case HomeLost:
		return "home lost"
	case Registered:
		return fmt.Sprintf("registered %d: %v at %v", a.Ref, a.ID, a.Home)
	case Rejected:
		return fmt.Sprintf("rejected %d%s", a.Ref, describeCauses(a.Causes))
	case Deregistered:
		return fmt.Sprintf("deregistered %d%s", a.Ref, describeCauses(a.Causes))
	case Resolved:
		return fmt.Sprintf("resolved %d: %v%s%s", a.Token, a.Policy, ids(a.Elements), describeCauses(a.Causes))
	case ResolveFailed:
		return fmt.Sprintf("resolve failed %d, no registrar: %v", a.Token, a.NoRegistrar)
	case LookUp:
		return fmt.Sprintf("look up %d", a.Items)
	case Connect:
		return fmt.Sprintf("connect to %v", a.Element.ID)
	case Disconnect:
		return "disconnect"
	case Report:
		return fmt.Sprintf("report %v", a.ID)
	case EchoCookie:
		return fmt.Sprintf("echo cookie %s", a.Cookie)
	case Ready:
		return fmt.Sprintf("ready at %v, failover: %v, cookie: %v", a.Element, a.Failover, a.Cookie)
	case Broken:
		return fmt.Sprintf("broken at %v, cookie: %v", a.Element, a.Cookie)
	case Announce:
		return fmt.Sprintf("announce %v", a.ID)
	case ElementRegistered:
		return fmt.Sprintf("element registered: %v %v by %d", a.Pool, a.ID, a.Assoc)
	case ElementMoved:
		return fmt.Sprintf("element moved: %v %v from %d to %d", a.Pool, a.ID, a.From, a.To)
	case ElementAdopted:
		return fmt.Sprintf("element adopted: %v %v", a.Pool, a.ID)
	case ElementRemoved:
		return fmt.Sprintf("element removed: %v %v: %s", a.Pool, a.ID, a.Reason)
	}
	return fmt.Sprintf("%#v", a)
}

func describeMessage(m Message) string {
	b, err := m.AppendBinary(nil)
	if err != nil {
		return "cannot be encoded: " + err.Error()
	}
	parsed, err := asapmsg.Parse(b)
	if err != nil {
		return "cannot be decoded: " + err.Error()
	}
	switch m := parsed.(type) {
	case *asapmsg.Registration:
		e := &m.PoolElement
		return fmt.Sprintf("registration %v %v %v %v life %v home %v", m.PoolHandle, e.ID, join(e.UserTransport.AddrPorts()), e.Policy, e.RegistrationLife, e.HomeID)
	case *asapmsg.RegistrationResponse:
		return fmt.Sprintf("registration-response %v %v%s%s", m.PoolHandle, m.PEID, word(m.Reject, " reject"), describeCauses(m.Causes))
	case *asapmsg.Deregistration:
		return fmt.Sprintf("deregistration %v %v", m.PoolHandle, m.PEID)
	case *asapmsg.DeregistrationResponse:
		return fmt.Sprintf("deregistration-response %v %v%s", m.PoolHandle, m.PEID, describeCauses(m.Causes))
	case *asapmsg.HandleResolution:
		return fmt.Sprintf("resolution %v items %d", m.PoolHandle, m.Items)
	case *asapmsg.HandleResolutionResponse:
		policy := ""
		if m.Policy != nil {
			policy = " " + m.Policy.String()
		}
		return fmt.Sprintf("resolution-response %v%s%s%s%s", m.PoolHandle, policy, ids(m.PoolElements), word(m.Accept, " accept"), describeCauses(m.Causes))
	case *asapmsg.EndpointKeepAlive:
		return fmt.Sprintf("keep-alive %v %v %v%s", m.ServerID, m.PoolHandle, m.PEID, word(m.Home, " home"))
	case *asapmsg.EndpointKeepAliveAck:
		return fmt.Sprintf("ack %v %v", m.PoolHandle, m.PEID)
	case *asapmsg.EndpointUnreachable:
		return fmt.Sprintf("unreachable %v %v", m.PoolHandle, m.PEID)
	case *asapmsg.Error:
		return "error" + describeCauses(m.Causes)
	}
	return parsed.Type().String()
}

func describeCauses(causes []wire.ErrorCause) string {
	var b strings.Builder
	for _, c := range causes {
		fmt.Fprintf(&b, ", cause: %v", c.Code)
		if len(c.Info) > 0 {
			fmt.Fprintf(&b, " (%x)", c.Info)
		}
	}
	return b.String()
}

// ids lists elements, many of them by their number only.
func ids(elements []wire.PoolElement) string {
	if len(elements) > 8 {
		return fmt.Sprintf(" and %d elements", len(elements))
	}
	var b strings.Builder
	for i := range elements {
		fmt.Fprintf(&b, " %v", elements[i].ID)
	}
	return b.String()
}

func join(addrs []netip.AddrPort) string {
	words := make([]string, len(addrs))
	for i, a := range addrs {
		words[i] = a.String()
	}
	return strings.Join(words, ",")
}

func word(on bool, s string) string {
	if on {
		return s
	}
	return ""
}
