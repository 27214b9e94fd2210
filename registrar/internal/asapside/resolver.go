package asapside

import (
	"encoding/binary"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

const (
	// maxResolutionItems bounds the elements of a response. RSPLIB takes no more.
	maxResolutionItems = 128
	// maxResponseLen bounds the octets of a response, because the question has a few octets only.
	// 128 elements with two IPv6 addresses each have room (ADR 0008, E1).
	maxResponseLen = 16 << 10
)

// resolver makes responses to handle resolutions.
type resolver struct {
	*env
	chosen []*handlespace.Element // the elements of the response at hand; kept for its memory
}

// respond returns a response with up to a number of a pool's elements, and reports whether
// there is such a pool.
func (s *resolver) respond(pool wire.PoolHandle, items int, flags uint8) (encodedResponse, bool) {
	var err error
	if s.chosen, err = s.hs.Resolve(pool, items, s.chosen[:0]); err != nil {
		return nil, false
	}
	return s.encode(pool, flags), true
}

// refuse answers that there is no such pool. RSPLIB says the same to a user that asks too
// often.
func (s *resolver) refuse(assoc step.AssocID, pool wire.PoolHandle) {
	s.send(assoc, &asapmsg.HandleResolutionResponse{
		PoolHandle: pool,
		Causes:     causes(wire.CauseUnknownPoolHandle, nil),
	})
}

// encode returns the response with the chosen elements, whose encoded forms it copies from
// the handlespace.
func (s *resolver) encode(pool wire.PoolHandle, flags uint8) encodedResponse {
	policy := s.hs.Pool(pool).EncodedPolicy()
	size := 2*wire.MessageHeaderLen + len(pool) + 3 + len(policy)
	for i, e := range s.chosen {
		if i == 0 {
			policy = e.EncodedPolicy()
		}
		size += len(e.Encoded())
	}
	b := wire.BeginMessage(make([]byte, 0, min(size, maxResponseLen)), uint8(asapmsg.TypeHandleResolutionResponse), flags)
	b, err := pool.AppendBinary(b)
	if err != nil {
		panic("BUG: a pool of the handlespace has no valid handle: " + err.Error())
	}
	b = append(b, policy...)
	for _, e := range s.chosen {
		if len(b)+len(e.Encoded()) > maxResponseLen {
			break
		}
		b = append(b, e.Encoded()...)
	}
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	return b
}

// encodedResponse is an encoded ASAP_HANDLE_RESOLUTION_RESPONSE.
type encodedResponse []byte

// Type returns [asapmsg.TypeHandleResolutionResponse].
func (encodedResponse) Type() asapmsg.Type { return asapmsg.TypeHandleResolutionResponse }

// AppendBinary appends the message.
func (e encodedResponse) AppendBinary(b []byte) ([]byte, error) { return append(b, e...), nil }
