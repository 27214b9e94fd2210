package asapmsg

import (
	"log/slog"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/logattr"
	"github.com/rserpool-go/rserpool/wire/internal/params"
	"github.com/rserpool-go/rserpool/wire/logkey"
)

// HandleResolution is ASAP_HANDLE_RESOLUTION (RFC 5352, 2.2.5): a pool user asks for
// elements of a pool.
type HandleResolution struct {
	// Subscribe is the S bit: send a response again whenever the pool changes.
	Subscribe  bool
	PoolHandle wire.PoolHandle
	// Items is the number of elements requested: 0 lets the registrar decide, AllItems
	// asks for as many as it gives. The value stands in RSPLIB's Handle Resolution
	// Option, which receivers that do not know it skip.
	Items   uint32
	Unknown []wire.RawParam
}

// AllItems asks for as many elements as a registrar gives in a response.
const AllItems = 0xffffffff

const subscribeBit = 0x01

// Type returns [TypeHandleResolution].
func (*HandleResolution) Type() Type { return TypeHandleResolution }

// AppendBinary appends the encoded message.
func (m *HandleResolution) AppendBinary(b []byte) ([]byte, error) {
	w := params.Begin(b, uint8(TypeHandleResolution), flag(m.Subscribe, subscribeBit))
	w.Put(m.PoolHandle.AppendBinary(w.B))
	if m.Items != 0 {
		w.Put(wire.AppendItems(w.B, m.Items))
	}
	w.Unknown(m.Unknown)
	return w.End()
}

func (m *HandleResolution) parse(flags uint8, body []byte) error {
	m.Subscribe = flags&subscribeBit != 0
	var r params.Reader
	for r.Begin(body, wire.MessageHeaderLen); r.Next(); {
		switch {
		case r.Once(wire.ParamPoolHandle):
			m.PoolHandle, r.Err = wire.ParsePoolHandle(r.Param)
		case r.Once(wire.ParamHandleResolutionOption):
			m.Items, r.Err = wire.ParseItems(r.Param)
		default:
			m.Unknown = r.Retain(m.Unknown)
		}
	}
	return r.End(wire.ParamPoolHandle)
}

func (m *HandleResolution) unrecognized() (u wire.Unrecognized) {
	u.Add(m.Unknown)
	return u
}

// LogValue implements [slog.LogValuer].
func (m *HandleResolution) LogValue() slog.Value {
	a := logattr.Of(m.Type())
	a.Add(logkey.Pool, m.PoolHandle)
	if m.Items != 0 {
		a.Add(logkey.Items, uint64(m.Items))
	}
	a.Flag(logkey.Subscribe, m.Subscribe)
	return a.Value()
}

// HandleResolutionResponse is ASAP_HANDLE_RESOLUTION_RESPONSE (RFC 5352, 2.2.6).
type HandleResolutionResponse struct {
	// Accept is the A bit: responses will follow whenever the pool changes.
	Accept     bool
	PoolHandle wire.PoolHandle
	// Policy is the pool's; nil means [wire.RoundRobin]. RSPLIB insists on a policy
	// in front of the first element.
	Policy *wire.Policy
	// PoolElements are the elements in the order of the registrar's choice.
	PoolElements []wire.PoolElement
	// Causes are the reasons for a refusal; then there are no elements.
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
	w.Put(m.PoolHandle.AppendBinary(w.B))
	if m.Policy != nil {
		w.Put(m.Policy.AppendBinary(w.B))
	}
	w.Elements(m.PoolElements)
	w.Causes(m.Causes)
	w.Unknown(m.Unknown)
	return w.End()
}

func (m *HandleResolutionResponse) parse(flags uint8, body []byte) error {
	m.Accept = flags&AcceptBit != 0
	var r params.Reader
	for r.Begin(body, wire.MessageHeaderLen); r.Next(); {
		switch {
		case r.Once(wire.ParamPoolHandle):
			m.PoolHandle, r.Err = wire.ParsePoolHandle(r.Param)
		case r.Once(wire.ParamPolicy):
			m.Policy = new(wire.Policy)
			r.Err = m.Policy.Parse(r.Param)
		case r.Each(wire.ParamPoolElement):
			r.Err = params.Extend(&r, &m.PoolElements).Parse(r.Param)
		case r.Once(wire.ParamOperationError):
			m.Causes, r.Err = wire.ParseOperationError(r.Param)
		default:
			m.Unknown = r.Retain(m.Unknown)
		}
	}
	return r.End(wire.ParamPoolHandle)
}

func (m *HandleResolutionResponse) unrecognized() (u wire.Unrecognized) {
	u.AddElements(m.PoolElements)
	u.Add(m.Unknown)
	return u
}

// LogValue implements [slog.LogValuer].
func (m *HandleResolutionResponse) LogValue() slog.Value {
	a := logattr.Of(m.Type())
	a.Add(logkey.Pool, m.PoolHandle)
	a.Flag(logkey.Accept, m.Accept)
	a.Causes(m.Causes)
	if m.Policy != nil {
		a.Add(logkey.Policy, m.Policy)
	}
	if len(m.Causes) == 0 || len(m.PoolElements) > 0 {
		a.Elements(m.PoolElements)
	}
	return a.Value()
}
