package dissect

import (
	"github.com/rserpool-go/rserpool/apps/calcapp"
	"github.com/rserpool-go/rserpool/apps/fractal"
	"github.com/rserpool-go/rserpool/apps/pingpong"
	"github.com/rserpool-go/rserpool/apps/scripting"
	"github.com/rserpool-go/rserpool/csp"
)

// app adds a report or a message of an application.
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

// part adds the length of the part of a file that a message carries.
func (l *line) part(data []byte) {
	if len(data) == 0 {
		l.add("end of file")
		return
	}
	l.add("%d octets", len(data))
}
