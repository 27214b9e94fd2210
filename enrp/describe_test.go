package enrp

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// describe prints an action for the transcript of a scenario.
func describe(a Action) string {
	switch a := a.(type) {
	case Send:
		return fmt.Sprintf("send %d: %s", a.Assoc, describeMessage(a.Message))
	case Multicast:
		return "multicast: " + describeMessage(a.Message)
	case Dial:
		return fmt.Sprintf("dial %d: %v", a.Dial, join(a.Addrs))
	case Abort:
		return fmt.Sprintf("abort %d: %s", a.Assoc, a.Reason)
	case Ready:
		return fmt.Sprintf("ready, mentor %v", a.Mentor)
	case TakenOver:
		return fmt.Sprintf("taken over: %v %v%s", a.Pool, a.ID, word(a.Claimed, " claimed"))
	case Verify:
		return fmt.Sprintf("verify %v %v", a.Pool, a.ID)
	case PeerFound:
		return fmt.Sprintf("peer found: %v", a.ID)
	case Duplicate:
		return "same identifier: " + join(a.Addrs)
	case PeerLost:
		return fmt.Sprintf("peer lost: %v, %d elements", a.ID, a.Elements)
	case Synchronized:
		return fmt.Sprintf("synchronized with %v: %d elements, %d purged", a.ID, a.Elements, a.Purged)
	}
	return fmt.Sprintf("%#v", a)
}

func describeMessage(m Message) string {
	b, err := m.AppendBinary(nil)
	if err != nil {
		return "cannot be encoded: " + err.Error()
	}
	parsed, err := enrpmsg.Parse(b)
	if err != nil {
		return "cannot be decoded: " + err.Error()
	}
	ids := parsed.ServerIDs()
	return fmt.Sprintf("%s to %v%s", describeBody(parsed), ids.Receiver, word(ids.Sender != self, fmt.Sprintf(" from %v", ids.Sender)))
}

func describeBody(m enrpmsg.Message) string {
	switch m := m.(type) {
	case *enrpmsg.Presence:
		return fmt.Sprintf("presence%s checksum %04x at %s", word(m.ReplyRequired, " reply"), m.Checksum, join(m.Server.Transport.AddrPorts()))
	case *enrpmsg.HandleTableRequest:
		return "table-request" + word(m.OwnChildrenOnly, " own")
	case *enrpmsg.HandleTableResponse:
		var b strings.Builder
		for _, entry := range m.Entries {
			for i := range entry.PoolElements {
				pe := &entry.PoolElements[i]
				fmt.Fprintf(&b, " %v/%v@%v", entry.PoolHandle, pe.ID, pe.HomeID)
			}
		}
		return "table-response" + word(m.Reject, " reject") + word(m.MoreToSend, " more") + b.String()
	case *enrpmsg.HandleUpdate:
		return fmt.Sprintf("update %v %v/%v@%v%s", m.Action, m.PoolHandle, m.PoolElement.ID, m.PoolElement.HomeID, word(m.TakeoverSuggested, " suggested"))
	case *enrpmsg.ListRequest:
		return "list-request"
	case *enrpmsg.ListResponse:
		var b strings.Builder
		for i := range m.Servers {
			fmt.Fprintf(&b, " %v@%s", m.Servers[i].ID, join(m.Servers[i].Transport.AddrPorts()))
		}
		return "list-response" + word(m.Reject, " reject") + b.String()
	case *enrpmsg.InitTakeover:
		return fmt.Sprintf("init-takeover %v", m.TargetID)
	case *enrpmsg.InitTakeoverAck:
		return fmt.Sprintf("init-takeover-ack %v", m.TargetID)
	case *enrpmsg.TakeoverServer:
		return fmt.Sprintf("takeover-server %v", m.TargetID)
	case *enrpmsg.Error:
		return "error" + describeCauses(m.Causes)
	}
	return m.Type().String()
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
