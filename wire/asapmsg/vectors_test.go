package asapmsg_test

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/internal/wiretest"
)

// describe gives a message in the words of the vectors.
func describe(m asapmsg.Message, encoded []byte) map[string]any {
	d := map[string]any{"type": m.Type(), "flags": encoded[1], "message_length": len(encoded)}
	switch m := m.(type) {
	case *asapmsg.Registration:
		wiretest.Pool(d, m.PoolHandle)
		d["pool_element"] = wiretest.Element(&m.PoolElement)
	case *asapmsg.RegistrationResponse:
		element(d, m.PoolHandle, m.PEID)
		d["R"] = m.Reject
		d["error_causes"] = wiretest.Causes(m.Causes)
	case *asapmsg.Deregistration:
		element(d, m.PoolHandle, m.PEID)
	case *asapmsg.DeregistrationResponse:
		element(d, m.PoolHandle, m.PEID)
		d["error_causes"] = wiretest.Causes(m.Causes)
	case *asapmsg.HandleResolution:
		wiretest.Pool(d, m.PoolHandle)
		d["handle_resolution_items"] = m.Items
	case *asapmsg.HandleResolutionResponse:
		wiretest.Pool(d, m.PoolHandle)
		resolution(d, m.Policy, m.PoolElements)
		d["error_causes"] = wiretest.Causes(m.Causes)
	case *asapmsg.EndpointKeepAlive:
		element(d, m.PoolHandle, m.PEID)
		d["server_id"] = wiretest.Hex32(m.ServerID)
		d["H"] = m.Home
	case *asapmsg.EndpointKeepAliveAck:
		element(d, m.PoolHandle, m.PEID)
	case *asapmsg.EndpointUnreachable:
		element(d, m.PoolHandle, m.PEID)
	case *asapmsg.ServerAnnounce:
		d["server_id"] = wiretest.Hex32(m.ServerID)
	case *asapmsg.Cookie:
		d["cookie_hex"] = hex.EncodeToString(m.Cookie)
	case *asapmsg.CookieEcho:
		d["cookie_hex"] = hex.EncodeToString(m.Cookie)
	case *asapmsg.BusinessCard:
		wiretest.Pool(d, m.PoolHandle)
		resolution(d, m.Policy, m.PoolElements)
	case *asapmsg.Error:
		d["error_causes"] = wiretest.Causes(m.Causes)
	}
	return d
}

func element(d map[string]any, pool wire.PoolHandle, id wire.PEID) {
	wiretest.Pool(d, pool)
	d["pe_id"] = wiretest.Hex32(id)
}

func resolution(d map[string]any, p *wire.Policy, es []wire.PoolElement) {
	if p != nil {
		d["pool_policy"] = wiretest.Policy(p)
	}
	d["pool_elements"] = wiretest.Elements(es)
}

// The messages of the deployed implementation have the values that it gave them, and
// are encoded as it does, to the octet.
func TestVectors(t *testing.T) {
	for _, v := range wiretest.Vectors(t, "ASAP") {
		t.Run(v.Name, func(t *testing.T) {
			b := v.Bytes()
			m, err := wiretest.Check(t, b, asapmsg.Parse)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range wiretest.Diff(v.Fields, describe(m, b)) {
				t.Error(d)
			}
			if out, err := m.AppendBinary(nil); err != nil || !bytes.Equal(out, b) {
				t.Errorf("encoded as %x, %v, want %x", out, err, b)
			}
			if u := asapmsg.Unrecognized(m); u.Discard || u.Report != nil {
				t.Errorf("unrecognized: %+v", u)
			}
		})
	}
}

// Damaged messages give an error, or what holds for messages.
func TestDamage(t *testing.T) {
	t.Parallel()
	for _, v := range wiretest.Vectors(t, "ASAP") {
		b := v.Bytes()
		for damaged := range wiretest.Mutations(b) {
			_, err := wiretest.Check(t, damaged, asapmsg.Parse)
			if err == nil && len(damaged) < len(b) && damaged[3] == b[3] && damaged[2] == b[2] {
				t.Errorf("%s: the first %d octets pass for a message", v.Name, len(damaged))
			}
		}
	}
}
