package dissect

import (
	"encoding/binary"
	"math"

	"github.com/rserpool-go/rserpool/apps/calcapp"
	"github.com/rserpool-go/rserpool/apps/fractal"
	"github.com/rserpool-go/rserpool/apps/pingpong"
	"github.com/rserpool-go/rserpool/apps/scripting"
)

func appTree(m *Message) Tree {
	var t Tree
	b := m.Octets
	if len(b) >= headerLen {
		t.frame("type", hex8(b[0]), 0, 1)
		t.frame("flags", hex8(b[1]), 1, 1)
		t.frame("length", uint64(binary.BigEndian.Uint16(b[2:])), 2, 2)
	}
	if m.Err != nil {
		return t
	}
	switch p := m.parsed.(type) {
	case *pingpong.Ping:
		t.add("message_no", p.MessageNo, 4, 8)
		t.add("data", text(p.Data), 12, len(p.Data))
	case *pingpong.Pong:
		t.add("message_no", p.MessageNo, 4, 8)
		t.add("reply_no", p.ReplyNo, 12, 8)
		t.add("data", text(p.Data), 20, len(p.Data))
	case *fractal.Parameter:
		return append(t, parameterTree(p, 0)...)
	case *fractal.Data:
		t.fractalData(p)
	case calcapp.Message:
		t.add("job_id", uint64(p.JobID), 4, 4)
		t.add("job_size", p.JobSize, 8, 8)
		t.add("completed", p.Completed, 16, 8)
	case scripting.Message:
		t.scripting(p)
	}
	return t
}

const parameterLen = 60

// parameterTree returns an order for a picture that is at offset at of the message.
func parameterTree(p *fractal.Parameter, at int) Tree {
	var t Tree
	t.add("width", uint64(p.Width), at+4, 4)
	t.add("height", uint64(p.Height), at+8, 4)
	t.add("max_iterations", uint64(p.MaxIterations), at+12, 4)
	t.add("algorithm", p.Algorithm.String(), at+16, 4)
	for i, f := range [...]struct {
		name  string
		value float64
	}{{"c1_real", real(p.C1)}, {"c1_imag", imag(p.C1)}, {"c2_real", real(p.C2)}, {"c2_imag", imag(p.C2)}, {"n", p.N}} {
		t.add(f.name, f.value, at+20+8*i, 8)
	}
	return t
}

func (t *Tree) fractalData(d *fractal.Data) {
	t.add("start_x", uint64(d.StartX), 4, 4)
	t.add("start_y", uint64(d.StartY), 8, 4)
	t.add("final", d.Final(), 4, 12)
	list := make(List, len(d.Points))
	for i, v := range d.Points {
		list[i] = Field{Value: uint64(v), Offset: 16 + 4*i, Len: 4}
	}
	t.add("points", list, 12, 4+4*len(list))
}

func (t *Tree) scripting(m scripting.Message) {
	switch m := m.(type) {
	case *scripting.NotReady:
		t.add("reason", m.Reason.String(), 4, 4)
		t.add("info", text(m.Info), 8, len(m.Info))
	case *scripting.Ready:
		t.add("info", text(m.Info), 4, len(m.Info))
	case *scripting.Upload:
		t.add("data", octets(m.Data), 4, len(m.Data))
	case *scripting.Download:
		t.add("data", octets(m.Data), 4, len(m.Data))
	case *scripting.KeepAliveAck:
		if m.HasStatus {
			t.add("status", uint64(m.Status), 4, 4)
		}
	case *scripting.Status:
		t.add("status", uint64(m.Status), 4, 4)
	case *scripting.Environment:
		t.add("upload_needed", m.UploadNeeded, 1, 1)
		t.add("hash", octets(m.Hash[:]), 4, len(m.Hash))
	}
}

// round returns a percentage with 4 decimals.
func round(v float64) float64 { return math.Round(v*1e4) / 1e4 }
