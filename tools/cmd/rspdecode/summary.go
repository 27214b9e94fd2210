package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
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
}

func newSummary(w io.Writer, d *decode.Decoder, format string) *summary {
	return &summary{w: w, decoder: d, format: format, rows: make(map[rowKey]*row)}
}

// write counts a message.
func (s *summary) write(m *message) error {
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
	return nil
}

// totals returns the summary, messages in the order of protocols and types.
func (s *summary) totals() totals {
	stats := s.decoder.Stats()
	t := totals{
		Frames: stats.Frames, Octets: stats.Octets, SCTPPackets: stats.SCTPPackets, SCTPInUDP: stats.SCTPInUDP,
		BadChecksums: stats.BadChecksums, Damaged: stats.Damaged, Retransmissions: stats.Duplicates,
		LostFragments: stats.LostFragments, Overflows: stats.Overflows, Messages: []row{},
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
	_, err := io.WriteString(w, b.String())
	return err
}
