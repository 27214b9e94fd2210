package enrp

import (
	"fmt"
	"strings"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// describe describes an action for the transcript of a scenario.
func describe(action step.Action) string {
	switch a := action.(type) {
	case Ready:
		return fmt.Sprintf("ready, mentor %v", a.Mentor)
	case Adopt:
		return fmt.Sprintf("taken over: %v %v%s", a.Pool, a.ID, steptest.WordIf(a.Ours, " claimed"))
	case Verify:
		return fmt.Sprintf("verify %v %v%s", a.Pool, a.ID, steptest.WordIf(a.Contested, " contested"))
	case Contested:
		return fmt.Sprintf("contested: %v %v by %v", a.Pool, a.ID, a.Peer)
	case PeerFound:
		return fmt.Sprintf("peer found: %v", a.ID)
	case Duplicate:
		return "same identifier: " + steptest.JoinAddrs(a.Addrs)
	case TakeoverRefused:
		return fmt.Sprintf("takeover of %v by %v refused", a.Target, a.ID)
	case AuditFailed:
		return fmt.Sprintf("audit of %v failed", a.ID)
	case ElementsRefused:
		return fmt.Sprintf("elements of %v refused: %v", a.ID, a.Reason)
	case PeerLost:
		return fmt.Sprintf("peer lost: %v, %d elements", a.ID, a.Elements)
	case Synchronized:
		return fmt.Sprintf("synchronized with %v: %d elements, %d purged", a.ID, a.Elements, a.Purged)
	}
	if s := steptest.Describe(action, describeMessage); s != "" {
		return s
	}
	return fmt.Sprintf("%#v", action)
}

func describeMessage(m step.Message) string {
	return steptest.DescribeMessage(m, enrpmsg.Parse, func(parsed enrpmsg.Message) string {
		ids := parsed.ServerIDs()
		return fmt.Sprintf("%s to %v%s", describeBody(parsed), ids.Receiver, steptest.WordIf(ids.Sender != self, fmt.Sprintf(" from %v", ids.Sender)))
	})
}

func describeBody(m enrpmsg.Message) string {
	switch m := m.(type) {
	case *enrpmsg.Presence:
		at := "nowhere"
		if m.Server != nil {
			at = steptest.JoinAddrs(m.Server.Transport.AddrPorts())
		}
		return fmt.Sprintf("presence%s checksum %04x at %s", steptest.WordIf(m.ReplyRequired, " reply"), m.Checksum, at)
	case *enrpmsg.HandleTableRequest:
		return "table-request" + steptest.WordIf(m.OwnChildrenOnly, " own")
	case *enrpmsg.HandleTableResponse:
		var b strings.Builder
		for _, entry := range m.Entries {
			for i := range entry.PoolElements {
				pe := &entry.PoolElements[i]
				fmt.Fprintf(&b, " %v/%v@%v", entry.PoolHandle, pe.ID, pe.HomeID)
			}
		}
		return "table-response" + steptest.WordIf(m.Reject, " reject") + steptest.WordIf(m.MoreToSend, " more") + b.String()
	case *enrpmsg.HandleUpdate:
		return fmt.Sprintf("update %v %v/%v@%v%s", m.Action, m.PoolHandle, m.PoolElement.ID, m.PoolElement.HomeID, steptest.WordIf(m.TakeoverSuggested, " suggested"))
	case *enrpmsg.ListRequest:
		return "list-request"
	case *enrpmsg.ListResponse:
		var b strings.Builder
		for i := range m.Servers {
			fmt.Fprintf(&b, " %v@%s", m.Servers[i].ID, steptest.JoinAddrs(m.Servers[i].Transport.AddrPorts()))
		}
		return "list-response" + steptest.WordIf(m.Reject, " reject") + b.String()
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
