package dissect

import (
	"strconv"

	"github.com/rserpool-go/rserpool/apps/calcapp"
	"github.com/rserpool-go/rserpool/apps/fractal"
	"github.com/rserpool-go/rserpool/apps/pingpong"
	"github.com/rserpool-go/rserpool/apps/scripting"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// Part is the part of a message in an exchange of a request and an answer.
type Part struct {
	// Request is the name of the request, such as ASAP_REGISTRATION.
	Request string
	// Subject tells apart requests of the same name that an association may carry at the same
	// time, such as by pool and element.
	Subject  string
	IsAnswer bool
}

// Exchange returns the part of the message in an exchange, and false if the message is neither a
// request nor an answer.
func (m *Message) Exchange() (Part, bool) {
	switch p := m.Parsed().(type) {
	case asapmsg.Message:
		return asapExchange(p)
	case enrpmsg.Message:
		return enrpExchange(p)
	case *pingpong.Ping:
		return Part{"PINGPONG_PING", strconv.FormatUint(p.MessageNo, 10), false}, true
	case *pingpong.Pong:
		return Part{"PINGPONG_PING", strconv.FormatUint(p.MessageNo, 10), true}, true
	case calcapp.Message:
		return calcExchange(p)
	case *fractal.Parameter:
		return Part{"FGP_PARAMETER", "", false}, true
	case *fractal.Data: // The first data is the answer.
		return Part{"FGP_PARAMETER", "", true}, true
	case *scripting.KeepAlive:
		return Part{"SSP_KEEP_ALIVE", "", false}, true
	case *scripting.KeepAliveAck:
		return Part{"SSP_KEEP_ALIVE", "", true}, true
	}
	return Part{}, false
}

func asapExchange(m asapmsg.Message) (Part, bool) {
	switch m := m.(type) {
	case *asapmsg.Registration:
		return Part{asapmsg.TypeRegistration.String(), elementSubject(m.PoolHandle, m.PoolElement.ID), false}, true
	case *asapmsg.RegistrationResponse:
		return Part{asapmsg.TypeRegistration.String(), elementSubject(m.PoolHandle, m.PEID), true}, true
	case *asapmsg.Deregistration:
		return Part{asapmsg.TypeDeregistration.String(), elementSubject(m.PoolHandle, m.PEID), false}, true
	case *asapmsg.DeregistrationResponse:
		return Part{asapmsg.TypeDeregistration.String(), elementSubject(m.PoolHandle, m.PEID), true}, true
	case *asapmsg.HandleResolution:
		return Part{asapmsg.TypeHandleResolution.String(), string(m.PoolHandle), false}, true
	case *asapmsg.HandleResolutionResponse:
		return Part{asapmsg.TypeHandleResolution.String(), string(m.PoolHandle), true}, true
	case *asapmsg.EndpointKeepAlive:
		return Part{asapmsg.TypeEndpointKeepAlive.String(), string(m.PoolHandle), false}, true
	case *asapmsg.EndpointKeepAliveAck:
		return Part{asapmsg.TypeEndpointKeepAlive.String(), string(m.PoolHandle), true}, true
	}
	return Part{}, false
}

func enrpExchange(m enrpmsg.Message) (Part, bool) {
	switch m := m.(type) {
	case *enrpmsg.HandleTableRequest:
		return Part{enrpmsg.TypeHandleTableRequest.String(), "", false}, true
	case *enrpmsg.HandleTableResponse:
		return Part{enrpmsg.TypeHandleTableRequest.String(), "", true}, true
	case *enrpmsg.ListRequest:
		return Part{enrpmsg.TypeListRequest.String(), "", false}, true
	case *enrpmsg.ListResponse:
		return Part{enrpmsg.TypeListRequest.String(), "", true}, true
	case *enrpmsg.InitTakeover:
		return Part{enrpmsg.TypeInitTakeover.String(), m.TargetID.String(), false}, true
	case *enrpmsg.InitTakeoverAck:
		return Part{enrpmsg.TypeInitTakeover.String(), m.TargetID.String(), true}, true
	}
	return Part{}, false
}

func calcExchange(m calcapp.Message) (Part, bool) {
	job := strconv.FormatUint(uint64(m.JobID), 10)
	switch m.Type {
	case calcapp.TypeRequest:
		return Part{calcapp.TypeRequest.String(), job, false}, true
	case calcapp.TypeAccept, calcapp.TypeReject:
		return Part{calcapp.TypeRequest.String(), job, true}, true
	case calcapp.TypeKeepAlive:
		return Part{calcapp.TypeKeepAlive.String(), job, false}, true
	case calcapp.TypeKeepAliveAck:
		return Part{calcapp.TypeKeepAlive.String(), job, true}, true
	}
	return Part{}, false
}

func elementSubject(pool wire.PoolHandle, id wire.PEID) string {
	return id.String() + " " + string(pool)
}
