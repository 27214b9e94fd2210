package asapmsg

import (
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/params"
)

// HandleResolution is ASAP_HANDLE_RESOLUTION (RFC 5352, 2.2.5): which elements has
// this pool?
type HandleResolution struct {
	// Subscribe is the S bit: send a response again whenever the pool changes.
	Subscribe  bool
	PoolHandle wire.PoolHandle
	// Items is how many elements are wanted: 0 lets the registrar decide, AllItems
	// asks for as many as it gives. It is the Handle Resolution Option of the
	// deployed implementation, which others skip.
	Items   uint32
	Unknown []wire.RawParam
}

// AllItems asks for as many elements as a registrar gives in one response.
const AllItems = 0xffffffff

const subscribeBit = 0x01

// Type returns [TypeHandleResolution].
func (*HandleResolution) Type() Type { return TypeHandleResolution }

// AppendBinary appends the encoded message.
func (m *HandleResolution) AppendBinary(b []byte) ([]byte, error) {
	w := params.Begin(b, uint8(TypeHandleResolution), flag(m.Subscribe, subscribeBit))
	w.PoolHandle(m.PoolHandle)
	w.Items(m.Items)
	w.Unknown(m.Unknown)
	return w.End()
}

func (m *HandleResolution) parse(flags uint8, body []byte) error {
	m.Subscribe = flags&subscribeBit != 0
	set := params.Set{
		PoolHandle: &m.PoolHandle,
		Items:      &m.Items,
		Unknown:    &m.Unknown,
		Required:   requireHandle,
	}
	return set.Parse(body, wire.MessageHeaderLen)
}

var requireHandle = []wire.ParamType{wire.ParamPoolHandle}

// HandleResolutionResponse is ASAP_HANDLE_RESOLUTION_RESPONSE (RFC 5352, 2.2.6).
type HandleResolutionResponse struct {
	// Accept is the A bit: responses will follow whenever the pool changes.
	Accept     bool
	PoolHandle wire.PoolHandle
	// Policy is the pool's; nil means [wire.RoundRobin]. The deployed
	// implementation insists on one before the first element.
	Policy *wire.Policy
	// PoolElements are the elements in the order of the registrar's choice.
	PoolElements []wire.PoolElement
	// Causes tell why the request was refused; then there are no elements.
	Causes  []wire.ErrorCause
	Unknown []wire.RawParam
}

// AcceptBit is the A bit in the flags of a HandleResolutionResponse.
const AcceptBit = 0x01

// Type returns [TypeHandleResolutionResponse].
func (*HandleResolutionResponse) Type() Type { return TypeHandleResolutionResponse }

// AppendBinary appends the encoded message.
func (m *HandleResolutionResponse) AppendBinary(b []byte) ([]byte, error) {
	w := params.Begin(b, uint8(TypeHandleResolutionResponse), flag(m.Accept, AcceptBit))
	w.PoolHandle(m.PoolHandle)
	w.Policy(m.Policy)
	w.PoolElements(m.PoolElements)
	w.Causes(m.Causes)
	w.Unknown(m.Unknown)
	return w.End()
}

func (m *HandleResolutionResponse) parse(flags uint8, body []byte) error {
	m.Accept = flags&AcceptBit != 0
	set := params.Set{
		PoolHandle:   &m.PoolHandle,
		Policy:       &m.Policy,
		PoolElements: &m.PoolElements,
		Causes:       &m.Causes,
		Unknown:      &m.Unknown,
		Required:     requireHandle,
	}
	return set.Parse(body, wire.MessageHeaderLen)
}
