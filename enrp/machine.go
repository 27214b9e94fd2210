package enrp

import (
	"math/rand/v2"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
)

// Machine is a registrar among its peers. Its fields are the layers of the protocol: each
// uses earlier fields only.
type Machine struct {
	own         *registrar
	out         *outbox
	transfers   *transfers
	peers       *peers
	assocs      *associations
	requests    *requests
	presences   *presences
	contacts    *contacts
	identity    *identity
	duplicates  *duplicates
	editor      *editor
	claims      *claims
	updates     *updates
	uploads     *uploads
	downloads   *downloads
	startup     *startup
	connections *connections
	relays      *relays
	takeovers   *takeovers
	lists       *lists
	heartbeats  *heartbeats
	leaving     *leaving

	next time.Time // the earliest time of the next slice of work on many elements
}

// New returns a machine that looks for its peers from now on. The handlespace must report
// changes to [Machine.Changed].
func New(config Config, hs *handlespace.Handlespace, random *rand.Rand, now time.Time) *Machine {
	own := &registrar{config: config.withDefaults(), hs: hs, random: random}
	out := &outbox{}
	m := &Machine{own: own, out: out}
	m.transfers = &transfers{own: own}
	m.peers = &peers{own: own, out: out, transfers: m.transfers}
	m.assocs = &associations{byID: make(map[step.AssocID]*association)}
	m.requests = &requests{assocs: m.assocs}
	m.presences = &presences{own: own, out: out, transfers: m.transfers, assocs: m.assocs}
	m.contacts = &contacts{own: own, out: out, presences: m.presences, dials: make(map[step.DialID]struct{})}
	m.identity = &identity{own: own, peers: m.peers, assocs: m.assocs, presences: m.presences}
	m.duplicates = &duplicates{own: own, out: out, presences: m.presences}
	m.newReplication()
	m.startup = &startup{own: own, out: out, peers: m.peers, downloads: m.downloads}
	m.connections = &connections{out: out, peers: m.peers, assocs: m.assocs, claims: m.claims, startup: m.startup}
	m.relays = &relays{own: own, out: out, peers: m.peers, contacts: m.contacts, downloads: m.downloads}
	m.takeovers = &takeovers{
		own: own, out: out, transfers: m.transfers, peers: m.peers, presences: m.presences, contacts: m.contacts,
		editor: m.editor, relays: m.relays, connections: m.connections,
	}
	m.lists = &lists{own: own, out: out, peers: m.peers, assocs: m.assocs, contacts: m.contacts, relays: m.relays}
	m.heartbeats = &heartbeats{own: own, peers: m.peers, presences: m.presences, contacts: m.contacts, lists: m.lists, next: now}
	m.leaving = &leaving{own: own, transfers: m.transfers, peers: m.peers, updates: m.updates}
	for _, addrs := range config.Peers {
		m.peers.configure(addrs)
	}
	m.startup.begin(now)
	return m
}

// newReplication adds the layers that keep the handlespace.
func (m *Machine) newReplication() {
	own, out := m.own, m.out
	m.editor = &editor{own: own, out: out, transfers: m.transfers, peers: m.peers}
	m.claims = &claims{own: own, out: out, peers: m.peers, editor: m.editor, pending: make(map[elementKey]claim), refuted: make(map[elementKey]*refutation)}
	m.updates = &updates{own: own, out: out, transfers: m.transfers, peers: m.peers, editor: m.editor, claims: m.claims}
	m.uploads = &uploads{own: own, out: out, transfers: m.transfers}
	m.downloads = &downloads{
		own: own, out: out, transfers: m.transfers, peers: m.peers, editor: m.editor, claims: m.claims, duplicates: m.duplicates,
	}
}

// Ready reports whether the start is over: until then, the handlespace may lack elements.
func (m *Machine) Ready() bool { return !m.own.isStarting }

// Peers returns the identifiers of the known peers.
func (m *Machine) Peers() []wire.ServerID { return m.peers.ids() }

// NumPeers returns the number of known peers.
func (m *Machine) NumPeers() int { return len(m.peers.ids()) }

// Counts returns the numbers of events so far.
func (m *Machine) Counts() Counts { return m.own.counts }

// Changed tells the machine of a change of the handlespace, as its OnChange does. The next
// [Machine.Step] or [Machine.Flush] returns the actions.
func (m *Machine) Changed(c handlespace.Change) { m.updates.handleChange(c) }
