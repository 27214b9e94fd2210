//go:build linux && !386

package kernelsctp

import (
	"runtime"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/budget"
	"github.com/rserpool-go/rserpool/transport/internal/onetomany"
)

// Hold implements transport.Association.
func (a *association) Hold(octets int) {
	a.e.mu.Lock() // For NeedShed.
	defer a.e.mu.Unlock()
	a.account.Hold(int64(octets))
}

// count notes the memory that the association holds in this process. The kernel's buffers are
// bounded by the kernel. The endpoint's lock must be held.
func (a *association) count() {
	octets, messages := a.received.Size()
	a.account.Set(int64(octets + budget.PerMessage*messages + cap(a.partial)))
}

// leave ends the account after the end of the association: as soon as the messages have been
// received, or nobody can receive them.
func (a *association) leave() {
	if a.account.Leave(a.received) {
		runtime.AddCleanup(a, (*budget.Account).Close, a.account)
	}
}

// NeedShed implements budget.Holder. The endpoint's lock must be held, so a socket reader is
// running while the endpoint is not closed, and CloseOnce waits for the new goroutine too.
func (a *association) NeedShed() {
	e := a.e
	if e.state == onetomany.Closed || e.shedding {
		return
	}
	e.shedding = true
	e.Running.Go(func() {
		e.mu.Lock()
		e.shedding = false
		e.mu.Unlock()
		e.config.Budget.Shed()
	})
}

// Count implements budget.Holder.
func (a *association) Count() {
	a.e.mu.Lock()
	defer a.e.mu.Unlock()
	a.count()
}

// EndOverBudget implements budget.Holder.
func (a *association) EndOverBudget() { a.abortOverload("memory budget exceeded") }

// abortOverload ends the association because its peer takes too much of this host. Messages
// that wait for Receive are dropped: answers to them would find no association.
func (a *association) abortOverload(reason string) {
	a.e.mu.Lock()
	defer a.e.mu.Unlock()
	a.received.Discard()
	a.abort(reason, &transport.DownError{Cause: transport.CauseOverload, Reason: reason})
}
