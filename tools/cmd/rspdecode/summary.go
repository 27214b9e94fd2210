package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/tools/internal/dissect"
)

// summary counts messages instead of showing them.
type summary struct {
	w       io.Writer
	decoder *decode.Decoder
	format  string
	rows    map[rowKey]*row

	exchanges *exchanges
	requests  map[string]*latencies // by the name of the request
	lines     []*associationCount
	others    associationCount // of the associations without a line
	leftOut   int              // number of these associations
}

// maxLines bounds the associations in a summary.
const maxLines = 500

// Digits of percentiles: of all requests of a kind, and of those of an association, of which there
// are many.
const (
	kindDigits        = 3
	associationDigits = 2
)

// associationCount counts the messages of an association.
type associationCount struct {
	number           int
	opener, acceptor netip.AddrPort
	messages         int
	octets           int64
	latencies
}

type rowKey struct {
	protocol dissect.Protocol
	name     string
}

// row counts the messages of a type.
type row struct {
	Protocol string `json:"protocol"`
	Message  string `json:"message"`
	Count    int    `json:"count"`
	Octets   int64  `json:"octets"`
	Errors   int    `json:"errors"`
}

// totals is the whole summary.
type totals struct {
	Frames          int    `json:"frames"`
	Octets          int64  `json:"octets"`
	First           string `json:"first,omitempty"`
	Last            string `json:"last,omitempty"`
	SCTPPackets     int    `json:"sctp_packets"`
	SCTPInUDP       int    `json:"sctp_in_udp"`
	BadChecksums    int    `json:"bad_checksums"`
	Damaged         int    `json:"damaged"`
	Retransmissions int    `json:"retransmissions"`
	LostFragments   int    `json:"lost_fragments"`
	Overflows       int    `json:"overflows"`
	Messages        []row  `json:"messages"`

	Requests     []requestRow     `json:"requests"`
	Associations []associationRow `json:"associations"`
	// MoreAssociations is the number of associations that are not listed.
	MoreAssociations int `json:"more_associations"`
}

// requestRow has the figures of the requests of a kind.
type requestRow struct {
	Request string `json:"request"`
	latencyRow
}

// associationRow has the figures of an association.
type associationRow struct {
	Number   int    `json:"number"`
	Opener   string `json:"opener"`
	Acceptor string `json:"acceptor"`
	Messages int    `json:"messages"`
	Octets   int64  `json:"octets"`
	latencyRow
}

func newSummary(w io.Writer, d *decode.Decoder, format string) *summary {
	return &summary{
		w: w, decoder: d, format: format, rows: make(map[rowKey]*row),
		exchanges: newExchanges(), requests: make(map[string]*latencies),
	}
}

// write counts a message.
func (s *summary) write(m *message) error {
	s.count(m)
	return nil
}

// count counts a message, and returns the request that the message answers, if any.
func (s *summary) count(m *message) answer {
	key := rowKey{m.Protocol, m.Name}
	c := s.rows[key]
	if c == nil {
		c = &row{Protocol: string(m.Protocol), Message: m.Name}
		s.rows[key] = c
	}
	c.Count++
	c.Octets += int64(len(m.Octets))
	if m.Err != nil {
		c.Errors++
	}
	if m.association != nil {
		return s.associated(m)
	}
	return answer{}
}

// associated counts a message of an association.
func (s *summary) associated(m *message) answer {
	line := s.line(m.association)
	line.messages++
	line.octets += int64(len(m.Octets))
	if name, ok := s.exchanges.ask(m); ok {
		line.requests++
		s.kind(name).requests++
	}
	a, ok := s.exchanges.answer(m)
	if ok {
		s.kind(a.request).answer(a.latency, kindDigits)
		line.answer(a.latency, associationDigits)
	}
	return a
}

// kind returns the counters of the requests of a name.
func (s *summary) kind(name string) *latencies {
	l := s.requests[name]
	if l == nil {
		l = new(latencies)
		s.requests[name] = l
	}
	return l
}

// line returns the counters of an association. Associations that do not fit share their counters.
func (s *summary) line(a *numbered) *associationCount {
	switch {
	case a.Note.count != nil:
	case len(s.lines) < maxLines:
		a.Note.count = &associationCount{number: a.Note.number, opener: a.Opener, acceptor: a.Acceptor}
		s.lines = append(s.lines, a.Note.count)
	default:
		a.Note.count = &s.others
		s.leftOut++
	}
	return a.Note.count
}

// totals returns the summary, messages in the order of protocols and types.
func (s *summary) totals() totals {
	stats := s.decoder.Stats()
	t := totals{
		Frames: stats.Frames, Octets: stats.Octets, SCTPPackets: stats.SCTPPackets, SCTPInUDP: stats.SCTPInUDP,
		BadChecksums: stats.BadChecksums, Damaged: stats.Damaged, Retransmissions: stats.Duplicates,
		LostFragments: stats.LostFragments, Overflows: stats.Overflows, Messages: []row{},
		Requests: s.requestRows(), Associations: s.associationRows(), MoreAssociations: s.leftOut,
	}
	if !stats.First.IsZero() {
		t.First, t.Last = stats.First.Format(time.RFC3339Nano), stats.Last.Format(time.RFC3339Nano)
	}
	for _, r := range s.rows {
		t.Messages = append(t.Messages, *r)
	}
	protocols, names := dissect.Protocols(), messageNames()
	order := func(r row) (int, int) {
		return slices.Index(protocols, dissect.Protocol(r.Protocol)), slices.Index(names, r.Message)
	}
	slices.SortFunc(t.Messages, func(a, b row) int {
		ap, an := order(a)
		bp, bn := order(b)
		return cmp.Or(ap-bp, an-bn, strings.Compare(a.Message, b.Message))
	})
	return t
}

// requestRows returns the figures of requests in the order of protocols and types.
func (s *summary) requestRows() []requestRow {
	rows := []requestRow{}
	for _, name := range messageNames() {
		if l := s.requests[name]; l != nil {
			rows = append(rows, requestRow{name, l.row()})
		}
	}
	protocol := func(r requestRow) int {
		prefix, _, _ := strings.Cut(r.Request, "_")
		return slices.IndexFunc(dissect.Protocols(), func(p dissect.Protocol) bool { return strings.EqualFold(string(p), prefix) })
	}
	slices.SortStableFunc(rows, func(a, b requestRow) int { return protocol(a) - protocol(b) })
	return rows
}

// associationRows returns the figures of associations in the order of their numbers.
func (s *summary) associationRows() []associationRow {
	rows := []associationRow{}
	for _, c := range s.lines {
		rows = append(rows, associationRow{c.number, c.opener.String(), c.acceptor.String(), c.messages, c.octets, c.row()})
	}
	slices.SortFunc(rows, func(a, b associationRow) int { return a.Number - b.Number })
	return rows
}

// end writes the summary.
func (s *summary) end() error {
	t := s.totals()
	switch s.format {
	case "json":
		return json.NewEncoder(s.w).Encode(t)
	case "cbor":
		mode, err := cborOptions().EncMode()
		if err != nil {
			return err
		}
		b, err := mode.Marshal(t)
		if err != nil {
			return err
		}
		_, err = s.w.Write(b)
		return err
	}
	return t.text(s.w)
}

// text writes the summary for people. What did not occur is left out.
func (t *totals) text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%d packets, %d octets", t.Frames, t.Octets)
	if t.First != "" {
		fmt.Fprintf(&b, ", from %s to %s", t.First, t.Last)
	}
	fmt.Fprintf(&b, "\n%d SCTP packets, %d more in UDP\n", t.SCTPPackets, t.SCTPInUDP)
	for _, c := range []struct {
		n    int
		what string
	}{
		{t.Retransmissions, "retransmissions left out"},
		{t.BadChecksums, "SCTP packets with a wrong checksum left out"},
		{t.Damaged, "damaged SCTP packets or chunks"},
		{t.LostFragments, "IP fragments without the rest of their packet"},
		{t.Overflows, "times too much was incomplete, and was given up"},
	} {
		if c.n > 0 {
			fmt.Fprintf(&b, "%d %s\n", c.n, c.what)
		}
	}
	if len(t.Messages) > 0 {
		fmt.Fprintf(&b, "\n%-32s %10s %12s %8s\n", "message", "count", "octets", "damaged")
	}
	for _, r := range t.Messages {
		fmt.Fprintf(&b, "%-32s %10d %12d %8d\n", r.Message, r.Count, r.Octets, r.Errors)
	}
	t.latencies(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// latencies writes the tables of requests and associations.
func (t *totals) latencies(b *strings.Builder) {
	const figures = " %10d %11d %9s %9s %9s\n"
	if len(t.Requests) > 0 {
		fmt.Fprintf(b, "\n%-32s %10s %11s %9s %9s %9s\n", "request", "count", "unanswered", "p50", "p99", "max")
	}
	for _, r := range t.Requests {
		fmt.Fprintf(b, "%-32s"+figures, r.Request, r.latencyRow.Requests, r.Unanswered, r.time(r.P50), r.time(r.P99), r.time(r.Max))
	}
	if len(t.Associations) > 0 {
		fmt.Fprintf(b, "\n%5s  %-44s %10s %12s %10s %11s %9s %9s %9s\n",
			"assoc", "opener > acceptor", "messages", "octets", "requests", "unanswered", "p50", "p99", "max")
	}
	for _, r := range t.Associations {
		fmt.Fprintf(b, "%5d  %-44s %10d %12d"+figures, r.Number, r.Opener+" > "+r.Acceptor, r.Messages, r.Octets,
			r.latencyRow.Requests, r.Unanswered, r.time(r.P50), r.time(r.P99), r.time(r.Max))
	}
	if t.MoreAssociations > 0 {
		fmt.Fprintf(b, "%d more associations are not listed\n", t.MoreAssociations)
	}
}
