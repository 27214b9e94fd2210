package interop

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A sniffer shows the messages of ASAP and ENRP in the first network since a stage began.
type sniffer struct {
	*process
	since float64
}

// A packet is what a sniffer shows of one.
type packet struct {
	at       float64           // In seconds.
	from, to string            // The last parts of the addresses, which are the numbers of the hosts.
	fields   map[string]string // By the names of sniffed.
}

// toGroup is the last part of the address of the registrars' multicast group.
const toGroup = "51"

// sniffed are the fields that a sniffer shows.
var sniffed = []string{
	"enrp.message_type", "enrp.pool_element_pe_identifier", "enrp.m_bit", "enrp.w_bit",
	"asap.message_type", "asap.h_bit", "asap.r_bit",
}

// The messages of ENRP (RFC 5353, 2) and ASAP (RFC 5352, 2) that sniffers look for.
const (
	presence             = "1"
	handleTableRequest   = "2"
	handleTableResponse  = "3"
	handleUpdate         = "4"
	initTakeover         = "7"
	initTakeoverAck      = "8"
	registrationResponse = "3"
	keepAlive            = "7"
	unreachable          = "9"
)

// capturing is what tshark writes when it sees what comes; "Capturing on" comes too early.
const capturing = `Capture started`

// sniff returns a sniffer. tshark takes seconds to start, so there is one for all mixes
// of a scenario.
func (s *stage) sniff() *sniffer {
	s.t.Helper()
	if s.all.sniffer == nil {
		args := []string{"tshark", "-l", "-n", "-i", "br0", "-f", "sctp or udp", "-Y", "asap || enrp", "-T", "fields"}
		for _, field := range append([]string{"frame.time_epoch", "ip.src", "ipv6.src", "ip.dst", "ipv6.dst"}, sniffed...) {
			args = append(args, "-e", field)
		}
		s.all.sniffer = s.all.run("", "sniffer", args...)
	}
	p := *s.all.sniffer
	p.t = s.t
	p.await(capturing)
	return &sniffer{&p, s.began}
}

var lastPart = regexp.MustCompile(`[0-9]+$`)

// packets returns what has been seen so far.
func (f *sniffer) packets() []packet {
	f.t.Helper()
	var packets []packet
	for line := range strings.Lines(f.output()) {
		columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(columns) != 5+len(sniffed) {
			continue // What tshark says itself, or a line that is being written.
		}
		at, err := strconv.ParseFloat(columns[0], 64)
		if err != nil {
			f.t.Fatalf("%s: %q: %v", f.name, line, err)
		}
		if at < f.since {
			continue
		}
		p := packet{at: at, from: lastPart.FindString(columns[1] + columns[2]), to: lastPart.FindString(columns[3] + columns[4]), fields: make(map[string]string)}
		for i, field := range sniffed {
			p.fields[field] = columns[5+i]
		}
		packets = append(packets, p)
	}
	return packets
}

// has tells whether a field has a value in one of the packet's messages.
func (p packet) has(field, value string) bool {
	return slices.Contains(strings.Split(p.fields[field], ","), value)
}

// set tells whether a bit is set in one of the packet's messages.
func (p packet) set(field string) bool { return p.has(field, "1") || p.has(field, "True") }

// matching returns the packets seen so far that match.
func (f *sniffer) matching(match func(packet) bool) []packet {
	return slices.DeleteFunc(f.packets(), func(p packet) bool { return !match(p) })
}

// awaitPackets waits until so many packets have matched, and returns them.
func (f *sniffer) awaitPackets(what string, n int, match func(packet) bool) []packet {
	f.t.Helper()
	var found []packet
	if !poll(quarter, patience, func() bool { found = f.matching(match); return len(found) >= n }) {
		f.t.Fatalf("%s: %d packets with %s, not %d", f.name, len(found), what, n)
	}
	return found
}
