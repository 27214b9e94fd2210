package budget

import "testing"

// messages is a number of messages of 10 octets.
type messages struct{ number int }

func (m *messages) Size() (int, int) { return 10 * m.number, m.number }
func (m *messages) Discard()         { m.number = 0 }

// TestLeave asserts that messages count after the end of their association, until the owner has
// received them or the budget is exceeded.
func TestLeave(t *testing.T) {
	t.Parallel()
	const size = 10 + PerMessage
	b := New(10 * size * perOctet)
	var calls []string
	open := func() *Account {
		a := b.Open(holder{"ended", &calls})
		a.Set(20 * size)
		return a
	}
	if open().Leave(&messages{}); b.Octets() != 0 || len(b.accounts) != 0 {
		t.Errorf("%d octets are held for no messages", b.Octets())
	}
	a, left := open(), &messages{2}
	a.Take()
	for a.Leave(left); left.number > 0; a.Take() {
		if want := int64(left.number * size); b.Octets() != want {
			t.Errorf("%d octets are held for %d messages, want %d", b.Octets(), left.number, want)
		}
		left.number--
	}
	if b.Octets() != 0 || len(b.accounts) != 0 {
		t.Errorf("%d octets are held after the last message", b.Octets())
	}
	large := &messages{9}
	open().Leave(large)
	open().Leave(&messages{8})
	calls = nil
	if b.Shed(); large.number != 0 || b.Octets() != 8*size || calls != nil {
		t.Errorf("%d octets are left, calls %q", b.Octets(), calls)
	}
}
