package asapmsg

import (
	"log/slog"

	"github.com/rserpool-go/rserpool/wire/internal/params"
)

// LogValue implements [slog.LogValuer].
func (m *Registration) LogValue() slog.Value {
	return params.Log(m.Type(),
		params.LogPool(m.PoolHandle),
		params.LogPE(m.PoolElement.ID),
		slog.String("policy", m.PoolElement.Policy.Type.String()),
	)
}

// LogValue implements [slog.LogValuer].
func (m *RegistrationResponse) LogValue() slog.Value {
	return params.Log(m.Type(),
		slog.Bool("reject", m.Reject),
		params.LogPool(m.PoolHandle),
		params.LogPE(m.PEID),
		params.LogCauses(m.Causes),
	)
}

// LogValue implements [slog.LogValuer].
func (m *Deregistration) LogValue() slog.Value {
	return params.Log(m.Type(),
		params.LogPool(m.PoolHandle),
		params.LogPE(m.PEID),
	)
}

// LogValue implements [slog.LogValuer].
func (m *DeregistrationResponse) LogValue() slog.Value {
	return params.Log(m.Type(),
		params.LogPool(m.PoolHandle),
		params.LogPE(m.PEID),
		params.LogCauses(m.Causes),
	)
}

// LogValue implements [slog.LogValuer].
func (m *HandleResolution) LogValue() slog.Value {
	return params.Log(m.Type(),
		slog.Bool("subscribe", m.Subscribe),
		params.LogPool(m.PoolHandle),
		slog.Uint64("items", uint64(m.Items)),
	)
}

// LogValue implements [slog.LogValuer].
func (m *HandleResolutionResponse) LogValue() slog.Value {
	return params.Log(m.Type(),
		slog.Bool("accept", m.Accept),
		params.LogPool(m.PoolHandle),
		slog.Int("elements", len(m.PoolElements)),
		params.LogCauses(m.Causes),
	)
}

// LogValue implements [slog.LogValuer].
func (m *EndpointKeepAlive) LogValue() slog.Value {
	return params.Log(m.Type(),
		slog.Bool("home", m.Home),
		params.LogServer("server_id", m.ServerID),
		params.LogPool(m.PoolHandle),
		params.LogPE(m.PEID),
	)
}

// LogValue implements [slog.LogValuer].
func (m *EndpointKeepAliveAck) LogValue() slog.Value {
	return params.Log(m.Type(),
		params.LogPool(m.PoolHandle),
		params.LogPE(m.PEID),
	)
}

// LogValue implements [slog.LogValuer].
func (m *EndpointUnreachable) LogValue() slog.Value {
	return params.Log(m.Type(),
		params.LogPool(m.PoolHandle),
		params.LogPE(m.PEID),
	)
}

// LogValue implements [slog.LogValuer].
func (m *ServerAnnounce) LogValue() slog.Value {
	return params.Log(m.Type(),
		params.LogServer("server_id", m.ServerID),
		slog.Int("transports", len(m.Transports)),
	)
}

// LogValue implements [slog.LogValuer].
func (m *Cookie) LogValue() slog.Value {
	return params.Log(m.Type(),
		slog.Int("octets", len(m.Cookie)),
	)
}

// LogValue implements [slog.LogValuer].
func (m *CookieEcho) LogValue() slog.Value {
	return params.Log(m.Type(),
		slog.Int("octets", len(m.Cookie)),
	)
}

// LogValue implements [slog.LogValuer].
func (m *BusinessCard) LogValue() slog.Value {
	return params.Log(m.Type(),
		params.LogPool(m.PoolHandle),
		slog.Int("elements", len(m.PoolElements)),
	)
}

// LogValue implements [slog.LogValuer].
func (m *Error) LogValue() slog.Value { return params.Log(m.Type(), params.LogCauses(m.Causes)) }
