package wire

// Unrecognized tells what is to be done about the parameters of a message that its
// decoder did not recognize, on all levels (RFC 5354, 3). They are those whose type
// this module does not know and those that do not belong where they stood. The
// functions Unrecognized of the packages asapmsg and enrpmsg return it for a message:
//
//	u := asapmsg.Unrecognized(m)
//	if len(u.Report) > 0 {
//		send(&asapmsg.Error{Causes: u.Causes()})
//	}
//	if u.Discard {
//		return
//	}
//
// The RFC stops at the first parameter that discards the message. As decoders do not
// keep how parameters of different levels were ordered, Report also has those behind
// it. An error message is never to be answered with another.
type Unrecognized struct {
	// Discard: nothing of the message is to be acted on.
	Discard bool
	// Report are the parameters that their sender wants reported. They share their
	// values with the message.
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

// AddTransport takes account of what is unknown in a transport.
func (u *Unrecognized) AddTransport(t *Transport) { u.Add(t.Unknown) }

// AddServer takes account of what is unknown in a Server Information and its
// transport.
func (u *Unrecognized) AddServer(s *ServerInformation) {
	u.AddTransport(&s.Transport)
	u.Add(s.Unknown)
}

// AddElement takes account of what is unknown in a Pool Element and its transports.
func (u *Unrecognized) AddElement(e *PoolElement) {
	u.AddTransport(&e.UserTransport)
	if e.ASAPTransport != nil {
		u.AddTransport(e.ASAPTransport)
	}
	u.Add(e.Unknown)
}

// Causes returns an error cause for each parameter in Report (RFC 5354, 3.12.2), but no
// more than fit into one error message. If already the first one is too long for that, it
// is cut.
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
