package meaning

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rserpool-go/rserpool/tools/internal/script"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// fact is something that a message says.
type fact struct {
	field, value string
	// detail: the fact describes a part that the other message need not have. Another fact
	// tells which parts there are.
	detail bool
}

type facts []fact

func (f facts) get(field string) (string, bool) {
	for i := range f {
		if f[i].field == field {
			return f[i].value, true
		}
	}
	return "", false
}

// add adds a fact, unless its value is empty.
func (f *facts) add(field, value string) {
	if value != "" {
		*f = append(*f, fact{field: field, value: value})
	}
}

// flag adds a flag that is set.
func (f *facts) flag(name string, set bool) {
	if set {
		f.add(name, "set")
	}
}

// factsOf returns the facts of a message. Damaged messages have none.
func factsOf(m *script.Message) (f facts) {
	switch {
	case m.ASAP != nil:
		f.asap(m.ASAP)
	case m.ENRP != nil:
		f.enrp(m.ENRP)
	}
	return f
}

func (f *facts) asap(m asapmsg.Message) {
	switch m := m.(type) {
	case *asapmsg.RegistrationResponse:
		f.flag("reject", m.Reject)
		f.causes(m.Causes)
	case *asapmsg.DeregistrationResponse:
		f.causes(m.Causes)
	case *asapmsg.HandleResolutionResponse:
		f.resolution(m)
	case *asapmsg.EndpointKeepAlive:
		f.flag("home", m.Home)
	case *asapmsg.Error:
		f.causes(m.Causes)
	}
}

// resolution adds the facts of a resolved handle. The order of the elements counts unless
// the policy draws them at random.
func (f *facts) resolution(m *asapmsg.HandleResolutionResponse) {
	f.flag("accept", m.Accept)
	f.causes(m.Causes)
	policy := wire.RoundRobin
	if m.Policy != nil {
		policy = m.Policy.Type
	}
	if len(m.Causes) == 0 {
		f.add("policy", policy.String())
	}
	if IsRandom(policy) {
		f.add("number of elements", fmt.Sprint(len(m.PoolElements)))
	} else {
		f.add("elements", identifiers(m.PoolElements))
	}
	f.elements("", m.PoolElements)
}

func (f *facts) enrp(m enrpmsg.Message) {
	switch m := m.(type) {
	case *enrpmsg.Presence:
		f.flag("no checksum", m.NoChecksum)
		if !m.NoChecksum {
			f.add("checksum", fmt.Sprintf("0x%04x", m.Checksum))
		}
	case *enrpmsg.HandleTableResponse:
		f.table(m)
	case *enrpmsg.HandleUpdate:
		f.flag("takeover suggested", m.TakeoverSuggested)
		f.add("action", m.Action.String())
		f.elements("", []wire.PoolElement{m.PoolElement})
	case *enrpmsg.ListResponse:
		f.flag("reject", m.Reject)
		ids := make([]string, len(m.Servers))
		for i := range m.Servers {
			ids[i] = m.Servers[i].ID.String()
		}
		slices.Sort(ids)
		f.add("registrars", strings.Join(ids, " "))
	case *enrpmsg.InitTakeover:
		f.add("target", m.TargetID.String())
	case *enrpmsg.InitTakeoverAck:
		f.add("target", m.TargetID.String())
	case *enrpmsg.TakeoverServer:
		f.add("target", m.TargetID.String())
	case *enrpmsg.Error:
		f.causes(m.Causes)
	}
}

// table adds the facts of a handle table, in which the order of pools and elements is free,
// and the division into parts as well.
func (f *facts) table(m *enrpmsg.HandleTableResponse) {
	f.flag("reject", m.Reject)
	pools := make(map[wire.PoolHandle][]wire.PoolElement)
	for i := range m.Entries {
		e := &m.Entries[i]
		pools[e.PoolHandle] = append(pools[e.PoolHandle], e.PoolElements...)
	}
	handles := make([]wire.PoolHandle, 0, len(pools))
	for h := range pools {
		handles = append(handles, h)
	}
	slices.Sort(handles)
	for _, h := range handles {
		elements := pools[h]
		slices.SortFunc(elements, func(a, b wire.PoolElement) int { return cmp.Compare(a.ID, b.ID) })
		f.add("pool "+h.String(), identifiers(elements))
		f.elements(h.String()+" ", elements)
	}
}

// elements adds what the elements are like.
func (f *facts) elements(pool string, elements []wire.PoolElement) {
	for i := range elements {
		e := &elements[i]
		*f = append(*f,
			fact{"policy of " + pool + e.ID.String(), policyText(e.Policy), true},
			fact{"transport of " + pool + e.ID.String(), transportText(&e.UserTransport), true},
			fact{"life of " + pool + e.ID.String(), e.RegistrationLife.String(), true},
			fact{"home of " + pool + e.ID.String(), e.HomeID.String(), true},
		)
	}
}

// policyText returns a policy with its load. Distances are times, and do not count.
func policyText(p wire.Policy) string {
	if p.Type.Fields()&wire.FieldLoad == 0 {
		return p.String()
	}
	const percent = float64(wire.FullLoad) / 100
	return fmt.Sprintf("%v load=%.4g%%", p, float64(p.Load)/percent)
}

// transportText returns protocol, port and use of a transport. Addresses do not count.
func transportText(t *wire.Transport) string {
	return fmt.Sprintf("%v port %d, %v", t.Protocol, t.Port, t.Use)
}

// causes adds the codes of error causes in their order.
func (f *facts) causes(causes []wire.ErrorCause) {
	texts := make([]string, len(causes))
	for i, c := range causes {
		texts[i] = c.Code.String()
	}
	f.add("causes", strings.Join(texts, ", "))
}

func identifiers(elements []wire.PoolElement) string {
	texts := make([]string, len(elements))
	for i := range elements {
		texts[i] = elements[i].ID.String()
	}
	if len(texts) == 0 {
		return ""
	}
	return strings.Join(texts, " ")
}

// IsRandom reports whether a policy draws elements at random, so that two registrars may
// answer the same question differently.
func IsRandom(t wire.PolicyType) bool {
	switch t {
	case wire.Random, wire.WeightedRandom, wire.WeightedRandomDPF, wire.RandomizedLeastUsed,
		wire.RandomizedPriorityLeastUsed, wire.RandomizedLeastUsedDegradation,
		wire.RandomizedPriorityLeastUsedDegradation:
		return true
	}
	return false
}
