package dissect

import (
	"fmt"

	"github.com/rserpool-go/rserpool/apps/calcapp"
	"github.com/rserpool-go/rserpool/apps/fractal"
	"github.com/rserpool-go/rserpool/apps/pingpong"
	"github.com/rserpool-go/rserpool/apps/scripting"
	"github.com/rserpool-go/rserpool/csp"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

func (l *line) enrp(m *Message) {
	p, ok := m.parsed.(enrpmsg.Message)
	if !ok {
		return
	}
	ids := p.ServerIDs()
	l.add("from=%v", ids.Sender)
	if ids.Receiver != 0 {
		l.add("to=%v", ids.Receiver)
	}
	switch p := p.(type) {
	case *enrpmsg.Presence:
		if !p.NoChecksum {
			l.add("checksum=0x%04x", p.Checksum)
		}
		if p.Server != nil {
			l.transport(&p.Server.Transport)
		}
		l.flag("R", p.ReplyRequired)
	case *enrpmsg.HandleTableRequest:
		l.flag("W", p.OwnChildrenOnly)
	case *enrpmsg.HandleTableResponse:
		l.table(p)
	case *enrpmsg.HandleUpdate:
		l.add("%v", p.Action)
		l.pool(p.PoolHandle)
		l.element(&p.PoolElement)
		l.flag("T", p.TakeoverSuggested)
	case *enrpmsg.ListResponse:
		servers := make([]string, len(p.Servers))
		for i := range p.Servers {
			servers[i] = p.Servers[i].ID.String()
		}
		l.add("servers=%d", len(servers))
		l.some(servers)
		l.flag("R", p.Reject)
	case *enrpmsg.InitTakeover:
		l.target(p.TargetID)
	case *enrpmsg.InitTakeoverAck:
		l.target(p.TargetID)
	case *enrpmsg.TakeoverServer:
		l.target(p.TargetID)
	case *enrpmsg.Error:
		l.causes(p.Causes)
	}
}

func (l *line) target(id wire.ServerID) { l.add("target=%v", id) }

func (l *line) table(m *enrpmsg.HandleTableResponse) {
	elements := 0
	pools := make([]string, len(m.Entries))
	for i := range m.Entries {
		n := len(m.Entries[i].PoolElements)
		elements += n
		pools[i] = fmt.Sprintf("%s:%d", text(m.Entries[i].PoolHandle), n)
	}
	l.add("pools=%d pes=%d", len(pools), elements)
	l.some(pools)
	l.flag("R", m.Reject)
	l.flag("M", m.MoreToSend)
}

func (l *line) app(m *Message) {
	switch p := m.parsed.(type) {
	case *csp.Report:
		l.report(p)
	case *pingpong.Ping:
		l.add("message_no=%d %d octets", p.MessageNo, len(p.Data))
	case *pingpong.Pong:
		l.add("message_no=%d reply_no=%d %d octets", p.MessageNo, p.ReplyNo, len(p.Data))
	case *fractal.Parameter:
		l.add("%dx%d %v", p.Width, p.Height, p.Algorithm)
		if p.Algorithm == fractal.MandelbrotN {
			l.add("n=%g", p.N)
		}
		l.add("iterations=%d c1=%g c2=%g", p.MaxIterations, p.C1, p.C2)
	case *fractal.Data:
		if p.Final() {
			l.add("final")
		} else {
			l.add("at %d,%d points=%d", p.StartX, p.StartY, len(p.Points))
		}
	case calcapp.Message:
		l.add("job=%d", p.JobID)
		if p.JobSize != 0 || p.Completed != 0 {
			l.add("size=%d completed=%d", p.JobSize, p.Completed)
		}
	case scripting.Message:
		l.scripting(p)
	}
}

func (l *line) report(r *csp.Report) {
	l.add("%v %v", r.SenderID.Group(), r.SenderID)
	if r.Final {
		l.add("final")
		return
	}
	l.add("\"%s\"", text(r.Status))
	if _, known := r.Workload.Fraction(); known {
		l.add("workload=%v", r.Workload)
	}
	l.add("uptime=%v associations=%d", rounded(r.Uptime), len(r.Associations))
}

func (l *line) scripting(m scripting.Message) {
	switch m := m.(type) {
	case *scripting.NotReady:
		l.add("%v info=%s", m.Reason, text(m.Info))
	case *scripting.Ready:
		l.add("info=%s", text(m.Info))
	case *scripting.Upload:
		l.part(m.Data)
	case *scripting.Download:
		l.part(m.Data)
	case *scripting.KeepAliveAck:
		if m.HasStatus {
			l.add("status=%d", m.Status)
		}
	case *scripting.Status:
		l.add("status=%d", m.Status)
	case *scripting.Environment:
		l.add("hash=%x", m.Hash)
		l.flag("U", m.UploadNeeded)
	}
}

// part adds how much of a file a message brings.
func (l *line) part(data []byte) {
	if len(data) == 0 {
		l.add("end of file")
		return
	}
	l.add("%d octets", len(data))
}
