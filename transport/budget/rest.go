package budget

// Messages are what an association leaves to its owner at its end.
type Messages interface {
	// Size returns the octets of data, and the number of messages.
	Size() (octets, messages int)

	// Discard drops all messages.
	Discard()
}

// A rest is the holder for the messages of an association that has ended.
type rest struct {
	account  *Account
	messages Messages
}

// NeedShed implements Holder. The number of messages only falls.
func (rest) NeedShed() {}

// Count implements Holder.
func (r rest) Count() {
	octets, messages := r.messages.Size()
	if messages == 0 {
		r.account.Close()
		return
	}
	r.account.Set(int64(octets + PerMessage*messages))
}

// EndOverBudget implements Holder.
func (r rest) EndOverBudget() { r.messages.Discard() }

// Leave notes that the association has ended, and holds no more than the messages for its owner.
// From now on the account does not refer to the association. Leave closes the account and reports
// false if there are no messages. Otherwise the association closes the account when its owner
// forgets it, and [Account.Take] closes it after the last message.
func (a *Account) Leave(messages Messages) bool {
	r := rest{a, messages}
	a.mu.Lock()
	a.holder = r
	a.mu.Unlock()
	r.Count()
	a.mu.Lock()
	defer a.mu.Unlock()
	return !a.closed
}

// Take notes that the owner has received a message. It does nothing before [Account.Leave].
func (a *Account) Take() {
	if r, ended := a.currentHolder().(rest); ended {
		r.Count()
	}
}
