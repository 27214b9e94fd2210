package wiretest

import (
	"encoding/hex"
	"fmt"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

// policyNames are the short names that the vectors use.
var policyNames = map[wire.PolicyType]string{
	wire.RoundRobin:                             "RR",
	wire.WeightedRoundRobin:                     "WRR",
	wire.Random:                                 "RAND",
	wire.WeightedRandom:                         "WRAND",
	wire.Priority:                               "PRIO",
	wire.LeastUsed:                              "LU",
	wire.LeastUsedDegradation:                   "LUD",
	wire.PriorityLeastUsed:                      "PLU",
	wire.RandomizedLeastUsed:                    "RLU",
	wire.RandomizedPriorityLeastUsed:            "RPLU",
	wire.RandomizedLeastUsedDegradation:         "RLUD",
	wire.PriorityLeastUsedDegradation:           "PLUD",
	wire.RandomizedPriorityLeastUsedDegradation: "RPLUD",
	wire.WeightedRandomDPF:                      "WRAND-DPF",
	wire.LeastUsedDPF:                           "LU-DPF",
	wire.LeastUsedDegradationDPF:                "LUD-DPF",
}

// Hex32 writes an identifier or fraction as the vectors do.
func Hex32[T ~uint32](v T) string { return fmt.Sprintf("0x%08x", uint32(v)) }

// Pool adds a pool handle in both of its forms.
func Pool(to map[string]any, h wire.PoolHandle) {
	to["pool_handle"] = string(h)
	to["pool_handle_hex"] = hex.EncodeToString([]byte(h))
}

// Policy describes a policy in the words of the vectors.
func Policy(p *wire.Policy) map[string]any {
	return map[string]any{
		"type":             Hex32(p.Type),
		"name":             policyNames[p.Type],
		"weight":           p.Weight,
		"priority":         p.Priority,
		"load":             Hex32(p.Load),
		"load_degradation": Hex32(p.LoadDegradation),
		"weight_dpf":       Hex32(p.WeightDPF),
		"load_dpf":         Hex32(p.LoadDPF),
		"distance":         p.Distance,
	}
}

// Transport describes a transport in the words of the vectors.
func Transport(t *wire.Transport) map[string]any {
	uses := map[wire.TransportUse]string{wire.DataOnly: "DATA_ONLY", wire.DataAndControl: "DATA_PLUS_CONTROL"}
	return map[string]any{
		"proto":     t.Protocol.String(),
		"port":      t.Port,
		"use":       uses[t.Use],
		"reserved":  0,
		"addresses": t.Addrs,
	}
}

// Element describes an element in the words of the vectors.
func Element(e *wire.PoolElement) map[string]any {
	m := map[string]any{
		"pe_id":          Hex32(e.ID),
		"home_server_id": Hex32(e.HomeID),
		"reg_life_ms":    e.RegistrationLife / time.Millisecond,
		"user_transport": Transport(&e.UserTransport),
		"policy":         Policy(&e.Policy),
	}
	if e.ASAPTransport != nil {
		m["asap_transport"] = Transport(e.ASAPTransport)
	}
	return m
}

// Elements describes elements in the words of the vectors.
func Elements(es []wire.PoolElement) []any {
	out := make([]any, len(es))
	for i := range es {
		out[i] = Element(&es[i])
	}
	return out
}

// Server describes a registrar in the words of the vectors.
func Server(s *wire.ServerInformation) map[string]any {
	return map[string]any{"server_id": Hex32(s.ID), "transport": Transport(&s.Transport)}
}

// Causes describes error causes in the words of the vectors.
func Causes(causes []wire.ErrorCause) []any {
	out := make([]any, len(causes))
	for i, c := range causes {
		out[i] = map[string]any{
			"code":     fmt.Sprintf("0x%04x", uint16(c.Code)),
			"length":   4 + len(c.Info),
			"data_hex": hex.EncodeToString(c.Info),
		}
	}
	return out
}
