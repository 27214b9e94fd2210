package asapside

import (
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// checkActions checks that messages go to associations that are up, that each request is
// answered once, and that the counts equal the actions.
func (w *registrarWorld) checkActions(ev step.Event, actions []step.Action) {
	answers := make(map[asapmsg.Type]int)
	for _, a := range actions {
		switch a := a.(type) {
		case step.Send:
			if !w.isUp(a.Assoc) {
				w.T.Errorf("%T is sent to %d, which is not up", a.Message, a.Assoc)
			}
			w.countMessage(a, answers)
		case step.Abort:
			if !w.isUp(a.Assoc) {
				w.T.Errorf("%d is aborted, which is not up", a.Assoc)
			}
		case ElementRemoved:
			if a.Reason == RemovedDeregistered {
				w.tally.Deregistrations++
			} else {
				w.tally.Removals++
			}
		case ElementRegistered:
			w.tally.Reregistrations--
		}
	}
	w.checkAnswers(ev, answers)
	if got := w.registrar.Counts(); got != w.tally {
		w.T.Errorf("counts are %+v, want %+v", got, w.tally)
	}
}

func (w *registrarWorld) countMessage(a step.Send, answers map[asapmsg.Type]int) {
	switch m := a.Message.(type) {
	case *asapmsg.RegistrationResponse:
		if !m.Reject {
			w.tally.Registrations++
			w.tally.Reregistrations++ // Less the new elements.
		} else if m.Causes[0].Code == wire.CauseLackOfResources {
			w.tally.RefusedRegistrations++
		}
	case *asapmsg.EndpointKeepAlive:
		w.tally.KeepAlives++
	}
	if !a.Unasked {
		answers[a.Message.(interface{ Type() asapmsg.Type }).Type()]++
	}
}

// openContests returns the number of registrations that wait for the holder of an element.
func (w *registrarWorld) openContests() (n int) {
	for _, c := range w.registrar.contests.queue {
		if !c.settled && w.registrar.peers.isUp(c.rival.Assoc) {
			n++
		}
	}
	return n
}

// checkAnswers checks that a request is answered once, and that nothing else is answered. A
// registration may have to wait. If it is repeated meanwhile, there is a single answer. The end of a subscription looks like an answer to a resolution.
func (w *registrarWorld) checkAnswers(ev step.Event, answers map[asapmsg.Type]int) {
	var registrations, deregistrations, resolutions int
	if ev, ok := ev.(received); ok && w.isUp(ev.Assoc) {
		_, discard := asapmsg.ReportUnrecognized(ev.Message)
		if !discard {
			switch ev.Message.(type) {
			case *asapmsg.Registration:
				registrations++
			case *asapmsg.Deregistration:
				deregistrations++
			case *asapmsg.HandleResolution:
				resolutions++
				w.countResolution()
			case *asapmsg.EndpointUnreachable:
				w.countReport()
			}
		}
	}
	open := w.openContests()
	registrations += w.waiting - open
	isContested := w.waiting+open > 0
	w.waiting = open
	if n := answers[asapmsg.TypeRegistrationResponse]; n > registrations || n < registrations && !isContested || answers[asapmsg.TypeDeregistrationResponse] != deregistrations ||
		answers[asapmsg.TypeHandleResolutionResponse] < resolutions {
		w.T.Errorf("%d registrations, %d deregistrations and %d resolutions are answered by %v", registrations, deregistrations, resolutions, answers)
	}
}

// countResolution counts a resolution as answered, or as refused if the registrar says so and
// limits the rate.
func (w *registrarWorld) countResolution() {
	got := w.registrar.Counts()
	if got.RefusedResolutions != w.tally.RefusedResolutions && w.registrar.config.MaxResolutionRate > 0 {
		w.tally.RefusedResolutions++
		return
	}
	w.tally.Resolutions++
}

// countReport counts a report, unless the rate of the association is limited.
func (w *registrarWorld) countReport() {
	if w.registrar.config.MaxReportRate == 0 || w.registrar.Counts().FailureReports != w.tally.FailureReports {
		w.tally.FailureReports++
	}
}
