package interop

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A sniffer shows fields of the packets that match a filter.
type sniffer struct {
	*process
	fields []string
}

// A packet is what a sniffer shows of one.
type packet struct {
	at       float64 // In seconds.
	from, to string  // The last parts of the addresses, which are the numbers of the hosts.
	fields   map[string]string
}

// The messages of ENRP (RFC 5353, 2) and ASAP (RFC 5352, 2) that sniffers look for.
const (
	handleUpdate    = "4"
	initTakeover    = "7"
	initTakeoverAck = "8"
	keepAlive       = "7"
)

// sniff shows fields of the packets in the first network that match a filter, until the end
// of the test.
func (s *stage) sniff(name, filter string, fields ...string) *sniffer {
	s.t.Helper()
	args := []string{"tshark", "-l", "-n", "-i", "br0", "-f", "sctp or udp", "-Y", filter, "-T", "fields"}
	for _, field := range append([]string{"frame.time_epoch", "ip.src", "ipv6.src", "ip.dst", "ipv6.dst"}, fields...) {
		args = append(args, "-e", field)
	}
	p := s.run("", name, args...)
	p.await(`Capturing on`)
	return &sniffer{p, fields}
}

var lastPart = regexp.MustCompile(`[0-9]+$`)

// packets returns what has been seen so far.
func (f *sniffer) packets() []packet {
	f.t.Helper()
	var packets []packet
	for line := range strings.Lines(f.output()) {
		columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(columns) != 5+len(f.fields) {
			continue // What tshark says itself, or a line that is being written.
		}
		at, err := strconv.ParseFloat(columns[0], 64)
		if err != nil {
			f.t.Fatalf("%s: %q: %v", f.name, line, err)
		}
		p := packet{at: at, from: lastPart.FindString(columns[1] + columns[2]), to: lastPart.FindString(columns[3] + columns[4]), fields: make(map[string]string)}
		for i, field := range f.fields {
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
