package machine

import (
	"encoding/binary"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// maxResolutionItems is how many elements a response has at the most. The deployed
// implementation takes no more.
const maxResolutionItems = 128

// resolve answers which elements a pool has (RFC 5352, 3.3).
func (r *Registrar) resolve(assoc AssocID, m *asapmsg.HandleResolution) {
	items := r.config.MaxResolutionItems
	if m.Items != 0 {
		items = int(min(m.Items, maxResolutionItems))
	}
	var err error
	r.chosen, err = r.hs.Resolve(m.PoolHandle, min(items, maxResolutionItems), r.chosen[:0])
	if err != nil {
		r.send(assoc, &asapmsg.HandleResolutionResponse{
			PoolHandle: m.PoolHandle,
			Causes:     causes(wire.CauseUnknownPoolHandle, nil),
		})
		return
	}
	r.send(assoc, r.answer(m.PoolHandle))
}

// answer returns the response with the chosen elements: a copy of what the
// handlespace has encoded.
func (r *Registrar) answer(pool wire.PoolHandle) Message {
	policy := r.hs.Pool(pool).EncodedPolicy()
	size := 2*wire.MessageHeaderLen + len(pool) + 3 + len(policy)
	for i, e := range r.chosen {
		if i == 0 {
			policy = e.EncodedPolicy()
		}
		size += len(e.Encoded())
	}
	b := wire.BeginMessage(make([]byte, 0, size), uint8(asapmsg.TypeHandleResolutionResponse), 0)
	b, err := pool.AppendBinary(b)
	if err != nil {
		panic("BUG: a pool of the handlespace has no valid handle: " + err.Error())
	}
	b = append(b, policy...)
	for _, e := range r.chosen {
		if len(b)+len(e.Encoded()) > maxMessage {
			break
		}
		b = append(b, e.Encoded()...)
	}
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	return encodedResponse(b)
}

// maxMessage is the largest length that a message can state.
const maxMessage = 0xffff

// encodedResponse is an encoded ASAP_HANDLE_RESOLUTION_RESPONSE.
type encodedResponse []byte

// Type returns [asapmsg.TypeHandleResolutionResponse].
func (encodedResponse) Type() asapmsg.Type { return asapmsg.TypeHandleResolutionResponse }

// AppendBinary appends the message.
func (e encodedResponse) AppendBinary(b []byte) ([]byte, error) { return append(b, e...), nil }
