// Package budget bounds the memory that peers can occupy in a process.
//
// Each association has an [Account] of a [Budget]. The account counts the octets that the
// association holds: data to send, data to be read, parts of messages, and messages that the
// owner of the association keeps for it. Once all accounts together exceed the budget,
// [Budget.Shed] ends the associations that hold most. A flood from any number of addresses thus
// ends its own associations first, because others hold little. The account of an association that
// has ended counts the messages that its owner has not received.
package budget

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// Default is the size of a budget for which no size is given, in octets.
const Default = 128 << 20

// perOctet is the memory of the process for an octet that an account holds: the garbage
// collector lets the heap grow to twice its live data.
const perOctet = 2

// PerMessage is added to the size of each message that is kept, in octets. So the number of
// small messages is bounded too.
const PerMessage = 64

// A Budget is an amount of memory that accounts share. Its methods may be called by several
// goroutines.
type Budget struct {
	limit  int64        // of octets
	octets atomic.Int64 // of all accounts

	mu       sync.Mutex // guards accounts
	accounts map[*Account]struct{}
}

// New returns a budget. Its size is memory of the process, in octets. The accounts can hold half
// of it, because of the garbage collector. 0: [Default].
func New(memory int64) *Budget {
	return &Budget{limit: cmp.Or(memory, Default) / perOctet, accounts: make(map[*Account]struct{})}
}

// Octets returns the octets that all accounts hold.
func (b *Budget) Octets() int64 { return b.octets.Load() }

// Shed ends the associations that hold most, until an eighth of the budget is free, so the
// search for them is rare. Shed does nothing while the budget is not exceeded. The caller must
// not hold a lock that a [Holder] needs.
func (b *Budget) Shed() {
	if b.octets.Load() <= b.limit {
		return
	}
	b.mu.Lock()
	accounts := slices.Collect(maps.Keys(b.accounts))
	b.mu.Unlock()
	octets := make(map[*Account]int64, len(accounts))
	for _, a := range accounts {
		a.currentHolder().Count()
		octets[a] = a.Octets()
	}
	if b.octets.Load() <= b.limit {
		return // The figures were old.
	}
	slices.SortFunc(accounts, func(x, y *Account) int { return cmp.Compare(octets[y], octets[x]) })
	for _, a := range accounts {
		if b.octets.Load() <= b.limit-b.limit/8 {
			return
		}
		a.currentHolder().EndOverBudget()
		a.Close()
	}
}

// A Holder is an association with an account.
type Holder interface {
	// NeedShed is called in each call that lets the account grow while the budget is
	// exceeded. NeedShed must not wait, and makes another goroutine call [Budget.Shed].
	NeedShed()

	// Count brings the account up to date. [Budget.Shed] calls it.
	Count()

	// EndOverBudget ends the association. [Budget.Shed] calls it.
	EndOverBudget()
}

// An Account counts the octets that an association holds. Its methods may be called by several
// goroutines.
type Account struct {
	budget *Budget

	mu     sync.Mutex // guards the fields below
	holder Holder
	own    int64 // held by the transport
	kept   int64 // held by the owner of the association
	closed bool
}

// Open returns an account for an association.
func (b *Budget) Open(holder Holder) *Account {
	a := &Account{budget: b, holder: holder}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.accounts[a] = struct{}{}
	return a
}

// Set notes the octets that the transport holds for the association.
func (a *Account) Set(octets int64) {
	a.mu.Lock()
	growth := octets - a.own
	a.own = octets
	a.add(growth)
}

// Hold adds octets that the owner of the association holds for it. A negative number takes
// octets back.
func (a *Account) Hold(octets int64) {
	a.mu.Lock()
	a.kept += octets
	a.add(octets)
}

// add adds octets to the budget, and unlocks the account.
func (a *Account) add(octets int64) {
	if a.closed || octets == 0 {
		a.mu.Unlock()
		return
	}
	all := a.budget.octets.Add(octets)
	holder := a.holder
	a.mu.Unlock()
	if octets > 0 && all > a.budget.limit {
		holder.NeedShed()
	}
}

func (a *Account) currentHolder() Holder {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.holder
}

// Octets returns the octets that the association holds, 0 after Close.
func (a *Account) Octets() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return 0
	}
	return a.own + a.kept
}

// Close takes the account's octets off the budget. Later changes do not count.
func (a *Account) Close() {
	a.mu.Lock()
	if !a.closed {
		a.closed = true
		a.budget.octets.Add(-a.own - a.kept)
	}
	a.mu.Unlock()
	a.budget.mu.Lock()
	defer a.budget.mu.Unlock()
	delete(a.budget.accounts, a)
}
