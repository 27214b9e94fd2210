package enrpmsg_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
	"github.com/rserpool-go/rserpool/wire/internal/wiretest"
)

// describe gives a message in the words of the vectors.
func describe(m enrpmsg.Message, encoded []byte) map[string]any {
	d := map[string]any{
		"type":           m.Type(),
		"flags":          encoded[1],
		"message_length": len(encoded),
		"sender_id":      wiretest.Hex32(m.ServerIDs().Sender),
		"receiver_id":    wiretest.Hex32(m.ServerIDs().Receiver),
	}
	switch m := m.(type) {
	case *enrpmsg.Presence:
		d["R_reply_required"] = m.ReplyRequired
		d["pe_checksum_wire_hex"] = fmt.Sprintf("%04x", m.Checksum)
		d["server_info"] = wiretest.Server(m.Server)
	case *enrpmsg.HandleTableRequest:
		d["W"] = m.OwnChildrenOnly
	case *enrpmsg.HandleTableResponse:
		d["R"], d["M"] = m.Reject, m.MoreToSend
		d["pools"] = pools(m.Entries)
	case *enrpmsg.HandleUpdate:
		d["T_takeover_suggested"] = m.TakeoverSuggested
		d["update_action"] = m.Action
		wiretest.Pool(d, m.PoolHandle)
		d["pool_element"] = wiretest.Element(&m.PoolElement)
	case *enrpmsg.ListResponse:
		d["R"] = m.Reject
		d["servers"] = servers(m.Servers)
	case *enrpmsg.InitTakeover:
		d["target_id"] = wiretest.Hex32(m.TargetID)
	case *enrpmsg.InitTakeoverAck:
		d["target_id"] = wiretest.Hex32(m.TargetID)
	case *enrpmsg.TakeoverServer:
		d["target_id"] = wiretest.Hex32(m.TargetID)
	case *enrpmsg.Error:
		d["error_causes"] = wiretest.Causes(m.Causes)
	}
	return d
}

func pools(entries []enrpmsg.PoolEntry) []any {
	out := make([]any, len(entries))
	for i, e := range entries {
		d := map[string]any{"pes": wiretest.Elements(e.PoolElements)}
		wiretest.Pool(d, e.PoolHandle)
		out[i] = d
	}
	return out
}

func servers(infos []wire.ServerInformation) []any {
	out := make([]any, len(infos))
	for i := range infos {
		out[i] = wiretest.Server(&infos[i])
	}
	return out
}

// The messages of the deployed implementation have the values that it gave them, and
// are encoded as it does, to the octet.
func TestVectors(t *testing.T) {
	for _, v := range wiretest.Vectors(t, "ENRP") {
		t.Run(v.Name, func(t *testing.T) {
			b := v.Bytes()
			m, err := wiretest.Check(t, b, enrpmsg.Parse)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range wiretest.Diff(v.Fields, describe(m, b)) {
				t.Error(d)
			}
			if out, err := m.AppendBinary(nil); err != nil || !bytes.Equal(out, b) {
				t.Errorf("encoded as %x, %v, want %x", out, err, b)
			}
			if u := enrpmsg.Unrecognized(m); u.Discard || u.Report != nil {
				t.Errorf("unrecognized: %+v", u)
			}
		})
	}
}

// Damaged messages give an error, or what holds for messages.
func TestDamage(t *testing.T) {
	t.Parallel()
	for _, v := range wiretest.Vectors(t, "ENRP") {
		b := v.Bytes()
		for damaged := range wiretest.Mutations(b) {
			_, err := wiretest.Check(t, damaged, enrpmsg.Parse)
			if err == nil && len(damaged) < len(b) && damaged[3] == b[3] && damaged[2] == b[2] {
				t.Errorf("%s: the first %d octets pass for a message", v.Name, len(damaged))
			}
		}
	}
}
