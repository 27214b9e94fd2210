package enrpmsg

import (
	"log/slog"

	"github.com/rserpool-go/rserpool/wire/internal/params"
)

// LogValue implements [slog.LogValuer].
func (m *Presence) LogValue() slog.Value {
	return params.Log(m.Type(), m.from(), m.to(),
		slog.Bool("reply_required", m.ReplyRequired),
		slog.Int("checksum", int(m.Checksum)),
	)
}

// LogValue implements [slog.LogValuer].
func (m *HandleTableRequest) LogValue() slog.Value {
	return params.Log(m.Type(), m.from(), m.to(),
		slog.Bool("own_children_only", m.OwnChildrenOnly),
	)
}

// LogValue implements [slog.LogValuer].
func (m *HandleTableResponse) LogValue() slog.Value {
	return params.Log(m.Type(), m.from(), m.to(),
		slog.Bool("reject", m.Reject),
		slog.Bool("more_to_send", m.MoreToSend),
		slog.Int("entries", len(m.Entries)),
	)
}

// LogValue implements [slog.LogValuer].
func (m *HandleUpdate) LogValue() slog.Value {
	return params.Log(m.Type(), m.from(), m.to(),
		slog.String("action", m.Action.String()),
		params.LogPool(m.PoolHandle),
		params.LogPE(m.PoolElement.ID),
	)
}

// LogValue implements [slog.LogValuer].
func (m *ListRequest) LogValue() slog.Value { return params.Log(m.Type(), m.from(), m.to()) }

// LogValue implements [slog.LogValuer].
func (m *ListResponse) LogValue() slog.Value {
	return params.Log(m.Type(), m.from(), m.to(),
		slog.Bool("reject", m.Reject),
		slog.Int("servers", len(m.Servers)),
	)
}

// LogValue implements [slog.LogValuer].
func (m *InitTakeover) LogValue() slog.Value {
	return params.Log(m.Type(), m.from(), m.to(),
		params.LogServer("target_id", m.TargetID),
	)
}

// LogValue implements [slog.LogValuer].
func (m *InitTakeoverAck) LogValue() slog.Value {
	return params.Log(m.Type(), m.from(), m.to(),
		params.LogServer("target_id", m.TargetID),
	)
}

// LogValue implements [slog.LogValuer].
func (m *TakeoverServer) LogValue() slog.Value {
	return params.Log(m.Type(), m.from(), m.to(),
		params.LogServer("target_id", m.TargetID),
	)
}

// LogValue implements [slog.LogValuer].
func (m *Error) LogValue() slog.Value {
	return params.Log(m.Type(), m.from(), m.to(),
		params.LogCauses(m.Causes),
	)
}

func (i *IDs) from() slog.Attr { return params.LogServer("from", i.Sender) }

func (i *IDs) to() slog.Attr { return params.LogServer("to", i.Receiver) }
