package budget

import (
	"slices"
	"testing"
)

// holder is an association with a name.
type holder struct {
	name  string
	calls *[]string
}

func (h holder) NeedShed()      { *h.calls = append(*h.calls, "shed") }
func (h holder) Count()         {}
func (h holder) EndOverBudget() { *h.calls = append(*h.calls, h.name) }

// TestShed asserts that the accounts with most octets are ended first, whoever holds the
// octets, and that an eighth of the budget is free afterwards.
func TestShed(t *testing.T) {
	t.Parallel()
	b := New(8000 * perOctet)
	var calls []string
	open := func(name string) *Account { return b.Open(holder{name, &calls}) }
	small, transport, owner, both := open("small"), open("transport"), open("owner"), open("both")
	small.Set(1000)
	transport.Set(3000)
	owner.Hold(3500)
	both.Set(400)
	b.Shed()
	if calls != nil {
		t.Fatalf("%d octets of 8000: %q", b.Octets(), calls)
	}
	both.Hold(4000)
	if b.Octets() != 11900 {
		t.Errorf("%d octets are held, want 11900", b.Octets())
	}
	b.Shed()
	if want := []string{"shed", "both", "owner"}; !slices.Equal(calls, want) {
		t.Errorf("calls %q, want %q", calls, want)
	}
	if got := b.Octets(); got != 4000 {
		t.Errorf("%d octets are left, want 4000", got)
	}
}

// reader is an association whose account is out of date: its messages have been read.
type reader struct {
	holder
	account *Account
}

func (r *reader) Count() { r.account.Set(0) }

// TestShedCounts asserts that no association is ended for octets that it held before.
func TestShedCounts(t *testing.T) {
	t.Parallel()
	b := New(1000 * perOctet)
	var calls []string
	r := &reader{holder: holder{"reader", &calls}}
	r.account = b.Open(r)
	r.account.Set(900)
	b.Open(holder{"other", &calls}).Set(200)
	b.Shed()
	if want := []string{"shed"}; !slices.Equal(calls, want) || b.Octets() != 200 {
		t.Errorf("calls %q, want %q; %d octets are left", calls, want, b.Octets())
	}
}

// TestClose asserts that an account holds nothing after its end, and that late changes do not
// count.
func TestClose(t *testing.T) {
	t.Parallel()
	b := New(0)
	var calls []string
	a := b.Open(holder{"", &calls})
	a.Hold(70)
	a.Set(30)
	a.Hold(-10)
	if b.Octets() != 90 || a.Octets() != 90 {
		t.Errorf("the budget has %d octets, the account %d, want 90", b.Octets(), a.Octets())
	}
	a.Close()
	a.Close()
	a.Hold(-60)
	a.Set(2 * Default)
	if b.Octets() != 0 || a.Octets() != 0 || calls != nil {
		t.Errorf("after Close: the budget has %d octets, the account %d; calls %q", b.Octets(), a.Octets(), calls)
	}
	if len(b.accounts) != 0 {
		t.Errorf("%d accounts are left", len(b.accounts))
	}
}

// TestLargeBudget asserts that a budget may be larger than the largest int of a 32-bit system.
func TestLargeBudget(t *testing.T) {
	t.Parallel()
	var calls []string
	b := New(1 << 40)
	b.Open(holder{"large", &calls}).Hold(1 << 30)
	if b.Shed(); calls != nil {
		t.Errorf("calls %q, want none", calls)
	}
}
