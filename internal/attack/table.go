package attack

import (
	"math"
	"time"
)

// goal is the 99th percentile of the good client's latency under the attacks that aim at the registrar's time.
const goal = 50 * time.Millisecond

const manySources = 250

// Table returns all attacks, in the order of docs/attacks.md.
func Table() []Attack {
	var all []Attack
	for _, part := range [][]Attack{
		noAttacks(), memoryAttacks(), trustAttacks(), rogueAttacks(), registrationAttacks(), questionAttacks(), packetAttacks(), associationAttacks(),
	} {
		all = append(all, part...)
	}
	for i := range all {
		a := &all[i]
		if a.After == 0 {
			a.After = defaultAfter
		}
		if a.Limits.Memory == 0 {
			a.Limits.Memory = defaultMemory
		}
		if a.Limits.Log == 0 {
			a.Limits.Log = defaultLog
		}
	}
	return all
}

// noAttacks show the figures of the machine.
func noAttacks() []Attack {
	return []Attack{{
		Name: "none", Does: "no attack, for comparison: a further user asks for the pool ten times a second",
		Unit: "questions", Aim: AtRegistrar, run: resolve(true, knownPool), Limits: Limits{P99: goal},
		Dose: Dose{Duration: 5 * time.Second, Rate: 10},
	}}
}

// memoryAttacks make the target hold data.
func memoryAttacks() []Attack {
	return []Attack{
		{
			Name: "closed-window", Does: "250 associations ask 300 questions each, whose answers have 58 kB, and read nothing",
			Unit: "questions", Aim: AtRegistrar, run: closeWindow(false),
			Dose: Dose{Duration: 30 * time.Second, Count: 300, Associations: 250, Sources: manySources, Size: 3900},
		},
		{
			Name: "closed-window-one-source", Does: "closed-window from a single address",
			Unit: "questions", Aim: AtRegistrar, run: closeWindow(false),
			Dose: Dose{Duration: 15 * time.Second, Count: 300, Associations: 250, Size: 3900},
		},
		{
			Name: "zero-window", Does: "closed-window, but the associations acknowledge data, with a window of 0",
			Unit: "questions", Aim: AtRegistrar, run: closeWindow(true),
			Dose: Dose{Duration: 15 * time.Second, Count: 300, Associations: 250, Sources: manySources, Size: 3900},
		},
		{
			Name: "closed-echo-window", Does: "250 associations with the echo service of an element send 1 kB each 5 ms, and read nothing",
			Unit: "messages", Aim: AtElement, run: closeEchoWindow,
			Dose: Dose{Duration: 12 * time.Second, Count: 2000, Associations: 250, Sources: manySources, Size: 1000},
		},
		{
			Name: "unread-answers", Does: "a user asks as fast as it can, and reads nothing",
			Unit: "questions", Aim: AtRegistrar, run: resolve(false, knownPool),
			Dose: Dose{Duration: 5 * time.Second},
		},
		{
			Name: "large-cookies", Does: "an element gets state cookies of 60 kB",
			Unit: "cookies", Aim: AtElement, run: sendCookies,
			Dose: Dose{Duration: 5 * time.Second, Size: 60000},
		},
	}
}

// trustAttacks lie about elements.
func trustAttacks() []Attack {
	return []Attack{
		{
			Name: "steal-home", Does: "one keep-alive with the H bit to each element, from a registrar that does not exist",
			Unit: "keep-alives", Aim: AtRegistrar, run: stealHome, Limits: Limits{Never: []string{OutcomeStolen}},
			Dose: Dose{Duration: 12 * time.Second},
		},
		{
			Name: "hijack", Does: "another host registers, deregisters, acknowledges and reports an element",
			Unit: "messages", Aim: AtRegistrar, run: hijack, Limits: Limits{Never: []string{outcomeRegistered, outcomeDeregistered}},
			Dose: Dose{Duration: 6 * time.Second},
		},
		{
			Name: "spoofed-addresses", Does: "elements with addresses of other hosts, or with port 22",
			Unit: "registrations", Aim: AtRegistrar, run: register(true, elementElsewhere),
			Dose: Dose{Duration: 4 * time.Second, Count: 3000},
		},
		{
			Name: "same-identifier", Does: "two associations register an element with the same identifier in turn",
			Unit: "registrations", Aim: AtRegistrar, run: register(true, sameElement),
			Dose: Dose{Duration: 5 * time.Second, Count: 200000, Associations: 2},
		},
		{
			Name: "cookie-replay", Does: "the COOKIE ECHO of an association that has ended, again and again",
			Unit: "cookies", Aim: AtRegistrar, run: replayCookie, Limits: Limits{Never: []string{outcomeReplayed}},
			Dose: Dose{Duration: 4 * time.Second},
		},
	}
}

// rogueAttacks come from a registrar that joins the target as a peer. Most last for 5 s, and send messages.
func rogueAttacks() []Attack {
	row := func(name, does string, run method) Attack {
		return Attack{
			Name: name, Does: does, Unit: "messages", Aim: AtRegistrar, run: run,
			Dose: Dose{Duration: 5 * time.Second}, After: 3 * time.Second, Limits: Limits{P99: goal},
		}
	}
	table := row("rogue-table", "a handle table without an end for 15 s, and then silence", sendTables)
	table.Unit, table.Dose.Duration, table.After = "elements", 15*time.Second, 60*time.Second
	updates := row("rogue-updates", "elements of the rogue, one per message", misbehave(updateOfElement))
	updates.After = 12 * time.Second // The rogue counts as dead after 10 s.
	large := row("rogue-large-updates", "elements of the rogue with policies of 60 kB", misbehave(updateOfElement))
	large.Dose.Size = 60000
	suggestions := row("rogue-suggestions", "elements of the rogue that the target is asked to take over", misbehave(suggestion))
	suggestions.After = updates.After
	peers := row("rogue-peers", "lists of 1,000 registrars that do not exist", listPeers)
	peers.Unit = "registrars"
	return []Attack{
		table, updates, large, suggestions, peers,
		row("rogue-presences", "signs of life of registrars that do not exist", misbehave(presenceOfNobody)),
		row("rogue-checksums", "signs of life with random checksums", misbehave(presenceWithRandomChecksum)),
		row("rogue-takeovers", "takeovers of registrars that do not exist", misbehave(takeoverOfNobody)),
		row("rogue-table-requests", "requests for the handle table", misbehave(requestForTable)),
		row("takeover-removal", "the claim to have taken the target over, and the removal of its elements", takeOver(removeElement)),
		row("takeover-redirection", "the same claim, and addresses of the attacker for the elements of the target", takeOver(redirectElement)),
		row("registrar-twin", "a registrar with the identifier of the target", misbehaveAs(targetID, presenceOfTwin)),
	}
}

// registrationAttacks fill the handlespace.
func registrationAttacks() []Attack {
	row := func(name, does string, change registrant, dose Dose) Attack {
		return Attack{Name: name, Does: does, Unit: "registrations", Aim: AtRegistrar, run: register(true, change), Dose: dose}
	}
	short := func(count, size int) Dose { return Dose{Duration: 4 * time.Second, Count: count, Size: size} }
	many := row("registrations", "50,000 elements over one association, which then ends", plainElement, Dose{Duration: 8 * time.Second, Count: 50000})
	many.Limits.P99 = goal
	manyPools := row("pools", "50,000 pools with an element each", elementInPoolOfItsOwn, Dose{Duration: 8 * time.Second, Count: 50000})
	manyPools.Limits.P99 = goal
	silent := Attack{
		Name: "silent-elements", Does: "20,000 elements that answer no keep-alive", Unit: "registrations", Aim: AtRegistrar,
		run: register(false, plainElement), Dose: Dose{Duration: 15 * time.Second, Count: 20000}, Limits: Limits{P99: goal},
	}
	flapping := Attack{
		Name: "flapping", Does: "an element that comes and goes as fast as it can", Unit: "registrations", Aim: AtRegistrar, run: flap,
		Dose: Dose{Duration: 10 * time.Second}, Limits: Limits{P99: goal},
	}
	return []Attack{
		row("large-elements", "elements with 60 kB of unknown parameters", elementWithUnknownParameter, Dose{Duration: 8 * time.Second, Count: 2000, Size: 60000}),
		row("large-transports", "elements with 60 kB of unknown parameters inside the transport", elementWithUnknownTransportParameter, short(2000, 60000)),
		row("large-policies", "policies of 60 kB", elementWithLargePolicy, short(2000, 60000)),
		row("many-addresses", "elements with 64 addresses", elementWithManyAddresses, short(20000, 64)),
		row("too-many-addresses", "elements with 3,000 addresses", elementWithManyAddresses, short(2000, 3000)),
		many, manyPools, silent, flapping,
		row("policy-changes", "an element whose policy is another one each time", elementWithOtherPolicy, short(200000, 0)),
		row("odd-lives", "elements that live for no time, a millisecond or 49 days", elementWithOddLife, short(20000, 0)),
		row("large-weights", "elements with the largest weight", elementWithLargeWeight, short(20000, 0)),
	}
}

// questionAttacks take the registrar's time.
func questionAttacks() []Attack {
	return []Attack{
		{
			Name: "unknown-pools", Does: "questions for pools that do not exist",
			Unit: "questions", Aim: AtRegistrar, run: resolve(true, unknownPool), Limits: Limits{P99: goal},
			Dose: Dose{Duration: 8 * time.Second},
		},
		{
			Name: "long-handles", Does: "questions for a pool handle of 65,000 octets",
			Unit: "questions", Aim: AtRegistrar, run: resolve(true, longHandle), Limits: Limits{P99: goal},
			Dose: Dose{Duration: 5 * time.Second, Size: 65000},
		},
		{
			Name: "odd-handles", Does: "questions for a pool handle with control characters",
			Unit: "questions", Aim: AtRegistrar, run: resolve(true, oddHandle), Limits: Limits{P99: goal},
			Dose: Dose{Duration: 4 * time.Second},
		},
		{
			Name: "subscriptions", Does: "20 associations subscribe to 2,000 pools each that do not exist",
			Unit: "subscriptions", Aim: AtRegistrar, run: subscribe, Limits: Limits{P99: goal},
			Dose: Dose{Duration: 6 * time.Second, Count: 2000, Associations: 20},
		},
		{
			Name: "subscription-storm", Does: "200 associations subscribe to ten pools of 100 elements, which change all the time",
			Unit: "changes", Aim: AtRegistrar, run: stormSubscriptions, Limits: Limits{P99: goal},
			Dose: Dose{Duration: 15 * time.Second, Associations: 200, Size: 100, Rate: 200},
		},
	}
}

// packetAttacks break the rules of SCTP.
func packetAttacks() []Attack {
	fragments := func(name, does string, f fragment, dose Dose) Attack {
		return Attack{Name: name, Does: does, Unit: "DATA chunks", Aim: AtRegistrar, run: sendFragments(f), Dose: dose, Limits: Limits{P99: goal}}
	}
	floods := func(name, does, unit string, f flooder, dose Dose) Attack {
		return Attack{Name: name, Does: does, Unit: unit, Aim: AtRegistrar, run: flood(f), Dose: dose, Limits: Limits{P99: goal}}
	}
	dose := Dose{Duration: 6 * time.Second, Count: 200000, Associations: 2, Size: 1}
	sequenced := dose
	sequenced.Count = math.MaxUint16 // stream sequence numbers
	return []Attack{
		floods("init-flood", "INITs from random ports, for 30 s", "INITs", floodInit, Dose{Duration: 30 * time.Second, Associations: 2, Sources: 2}),
		floods("cookie-flood", "forged COOKIE ECHOs", "cookies", floodCookie, Dose{Duration: 5 * time.Second, Associations: 2, Sources: 2}),
		floods("stray-packets", "DATA of associations that do not exist", "packets", floodStray, Dose{Duration: 5 * time.Second}),
		floods("junk", "random octets, half of them behind a valid header", "datagrams", floodJunk, Dose{Duration: 5 * time.Second}),
		fragments("fragments-without-end", "fragments of one octet of messages that never end", withoutEnd, dose),
		fragments("fragments-without-beginning", "fragments of one octet of messages that never begin", withoutBeginning, dose),
		fragments("unordered-fragments", "unordered fragments of one octet, from the middle of messages", unorderedInside, dose),
		fragments("unordered-beginnings", "unordered messages that are begun only", unorderedBegun, dose),
		fragments("missing-message", "messages in reverse order without the first", withoutFirst, sequenced),
		fragments("beginnings", "messages in reverse order that are begun only", onlyBegun, sequenced),
		{
			Name: "gaps", Does: "every other DATA chunk, so that SACKs list many gaps", Unit: "DATA chunks", Aim: AtRegistrar, run: sendGaps,
			Dose: Dose{Duration: 5 * time.Second, Count: 20000}, Limits: Limits{P99: goal},
		},
		{
			Name: "forged-sacks", Does: "SACKs of data that was never sent, and malformed ones", Unit: "SACKs", Aim: AtRegistrar, run: forgeSacks,
			Dose: Dose{Duration: 6 * time.Second},
		},
		{
			Name: "chunk-types", Does: "chunks of all 256 types and several lengths", Unit: "chunks", Aim: AtRegistrar, run: sendChunkTypes,
			Dose: Dose{Duration: 15 * time.Second},
		},
	}
}

// associationAttacks open associations without using them.
func associationAttacks() []Attack {
	return []Attack{
		{
			Name: "associations", Does: "10,000 associations from 250 addresses, which stay up", Unit: "associations", Aim: AtRegistrar,
			run:  keepAssociations(false),
			Dose: Dose{Duration: 20 * time.Second, Associations: 10000, Sources: manySources},
		},
		{
			Name: "silent-associations", Does: "2,000 associations that answer nothing", Unit: "associations", Aim: AtRegistrar,
			run:  keepAssociations(true),
			Dose: Dose{Duration: 12 * time.Second, Associations: 2000, Sources: manySources},
		},
		{
			Name: "churn", Does: "associations that are opened and aborted", Unit: "associations", Aim: AtRegistrar, run: churn(true),
			Dose: Dose{Duration: 6 * time.Second, Associations: 8, Sources: manySources},
		},
		{
			Name: "silent-churn", Does: "associations that are opened and left without a word", Unit: "associations", Aim: AtRegistrar, run: churn(false),
			Dose: Dose{Duration: 6 * time.Second, Associations: 8, Sources: manySources},
		},
		{
			Name: "restarts", Does: "an association that is opened again while it is up", Unit: "restarts", Aim: AtRegistrar, run: restart,
			Dose: Dose{Duration: 4 * time.Second},
		},
	}
}
