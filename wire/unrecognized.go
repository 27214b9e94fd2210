package wire

// Unrecognized is the treatment of the parameters of a message that its decoder did not
// recognize, on all levels (RFC 5354, 3). Their type is not known to this module, or they
// stand in a wrong place. The functions Unrecognized of the packages asapmsg and enrpmsg
// return it for a message:
//
//	u := asapmsg.Unrecognized(m)
//	if len(u.Report) > 0 {
//		send(&asapmsg.Error{Causes: u.Causes()})
//	}
//	if u.Discard {
//		return
//	}
//
// The RFC stops at the first parameter that discards the message. Report has the
// parameters behind it as well, since decoders do not keep the order of parameters of
// different levels (ADR 0008, F8). An error message must not be answered with an error message.
type Unrecognized struct {
	// Discard: no part of the message may be acted on.
	Discard bool
	// Report are the parameters that are to be reported to their sender. They share
	// their values with the message.
	Report []RawParam
}

// Add takes account of the parameters in a field Unknown.
func (u *Unrecognized) Add(unknown []RawParam) {
	for _, p := range unknown {
		action := p.Type.Action()
		u.Discard = u.Discard || action.Discards()
		if action.Reports() {
			u.Report = append(u.Report, p)
		}
	}
}

// AddTransport takes account of the unknown parameters in a transport.
func (u *Unrecognized) AddTransport(t *Transport) { u.Add(t.Unknown) }

// AddServer takes account of the unknown parameters in a Server Information and its
// transport.
func (u *Unrecognized) AddServer(s *ServerInformation) {
	u.AddTransport(&s.Transport)
	u.Add(s.Unknown)
}

// AddElements is AddElement for several elements.
func (u *Unrecognized) AddElements(es []PoolElement) {
	for i := range es {
		u.AddElement(&es[i])
	}
}

// AddElement takes account of the unknown parameters in a Pool Element and its
// transports.
func (u *Unrecognized) AddElement(e *PoolElement) {
	u.AddTransport(&e.UserTransport)
	if e.ASAPTransport != nil {
		u.AddTransport(e.ASAPTransport)
	}
	u.Add(e.Unknown)
}

// Causes returns an error cause for each parameter in Report (RFC 5354, 3.12.2), as many
// as fit into an error message. If the first parameter does not fit, it is cut.
func (u *Unrecognized) Causes() []ErrorCause {
	causes := make([]ErrorCause, 0, len(u.Report))
	room := maxInfo
	for _, p := range u.Report {
		info := p.octets()
		if len(info) > room && len(causes) > 0 {
			break
		}
		info = info[:min(len(info), room)]
		causes = append(causes, ErrorCause{Code: CauseUnrecognizedParameter, Info: info})
		room -= len(info) + padding(len(info)) + causeHeaderLen
	}
	return causes
}
