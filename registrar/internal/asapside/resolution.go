package asapside

import (
	"encoding/binary"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// maxResolutionItems is how many elements a response has at the most. The deployed
// implementation takes no more.
const maxResolutionItems = 128

// resolve answers which elements a pool has (RFC 5352, 3.3).
func (r *Registrar) resolve(now time.Time, assoc step.AssocID, m *asapmsg.HandleResolution) {
	if !r.peers[assoc].resolutions.allow(now, r.config.MaxResolutionRate) {
		r.counts.RefusedResolutions++
		r.refuseResolution(assoc, m.PoolHandle)
		return
	}
	r.counts.Resolutions++
	items := r.config.MaxResolutionItems
	if m.Items != 0 {
		items = int(min(m.Items, maxResolutionItems))
	}
	items = min(items, maxResolutionItems)
	var flags uint8
	if m.Subscribe && r.hs.Pool(m.PoolHandle) != nil && r.subscribe(now, assoc, m.PoolHandle, items) {
		flags = asapmsg.AcceptBit
	}
	if answer, ok := r.resolution(m.PoolHandle, items, flags); ok {
		r.send(assoc, answer)
	} else {
		r.refuseResolution(assoc, m.PoolHandle)
	}
}

// refuseResolution answers that there is no such pool, which is also what the deployed
// implementation says to those who ask too often.
func (r *Registrar) refuseResolution(assoc step.AssocID, pool wire.PoolHandle) {
	r.send(assoc, &asapmsg.HandleResolutionResponse{
		PoolHandle: pool,
		Causes:     causes(wire.CauseUnknownPoolHandle, nil),
	})
}

// resolution returns a response with so many elements of a pool, and reports whether
// there is such a pool.
func (r *Registrar) resolution(pool wire.PoolHandle, items int, flags uint8) (step.Message, bool) {
	var err error
	if r.chosen, err = r.hs.Resolve(pool, items, r.chosen[:0]); err != nil {
		return nil, false
	}
	return r.answer(pool, flags), true
}

// answer returns the response with the chosen elements: a copy of what the
// handlespace has encoded.
func (r *Registrar) answer(pool wire.PoolHandle, flags uint8) step.Message {
	policy := r.hs.Pool(pool).EncodedPolicy()
	size := 2*wire.MessageHeaderLen + len(pool) + 3 + len(policy)
	for i, e := range r.chosen {
		if i == 0 {
			policy = e.EncodedPolicy()
		}
		size += len(e.Encoded())
	}
	b := wire.BeginMessage(make([]byte, 0, size), uint8(asapmsg.TypeHandleResolutionResponse), flags)
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
