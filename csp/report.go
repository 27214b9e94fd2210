package csp

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"time"
)

// Port is the UDP port at which a monitor takes reports unless told otherwise.
const Port = 2960

// Version is the version of the protocol, the only one.
const Version = 0x00000200

// TypeReport is the type of a report, the only message.
const TypeReport = 0x01

// MaxTextLen is the length to which senders cut [Report.Location] and
// [Report.Status], in octets. The field holds one more, for a zero octet.
const MaxTextLen = textLen - 1

// MaxAssociations is how many associations fit the 16-bit length of a report.
const MaxAssociations = (math.MaxUint16 - fixedLen) / associationLen

// Where the fields are.
const (
	offsetLength       = 2
	offsetVersion      = 4
	offsetSender       = 8
	offsetUptime       = 16
	offsetInterval     = 24
	offsetLocation     = 28
	offsetStatus       = offsetLocation + textLen
	offsetWorkload     = offsetStatus + textLen
	offsetAssociations = offsetWorkload + 2
	fixedLen           = offsetAssociations + 2

	textLen  = 128
	finalBit = 0x01
)

// Report is what a component tells about itself. A report replaces all that its
// sender told before.
type Report struct {
	// Final says that the component ends: this is its last report.
	Final bool
	// NoLength says that the length field is 0, as senders wrote it before 2008. A
	// receiver does not look at the field.
	NoLength bool
	SenderID ComponentID
	// Uptime is how long ago the sender's first report was, in whole microseconds.
	// Senders of before 2008 put the time since 1970 here.
	Uptime time.Duration
	// Interval is how soon the sender's next report follows, in whole microseconds,
	// of 32 bits.
	Interval time.Duration
	// Location tells where the component is: host name and addresses. A monitor
	// gets up to 128 octets of anything but zeros.
	Location string
	// Status is a line for people about what the component does.
	Status       string
	Workload     Workload
	Associations []Association
}

// AppendBinary appends the encoded report. It fails with [ErrTooLong], and with
// [ErrRange] for a negative time, an interval of more than 32 bits of microseconds,
// or a text with a zero octet.
func (r *Report) AppendBinary(b []byte) ([]byte, error) {
	if len(r.Associations) > MaxAssociations {
		return nil, fmt.Errorf("csp: %d associations: %w", len(r.Associations), ErrTooLong)
	}
	uptime, err := microseconds(r.Uptime)
	if err != nil {
		return nil, fmt.Errorf("csp: uptime: %w", err)
	}
	interval, err := microseconds(r.Interval)
	if err != nil || interval > math.MaxUint32 {
		return nil, fmt.Errorf("csp: interval %v: %w", r.Interval, ErrRange)
	}
	length := fixedLen + associationLen*len(r.Associations)
	if r.NoLength {
		length = 0
	}
	var flags byte
	if r.Final {
		flags = finalBit
	}
	b = append(b, TypeReport, flags)
	b = binary.BigEndian.AppendUint16(b, uint16(length))
	b = binary.BigEndian.AppendUint32(b, Version)
	b = binary.BigEndian.AppendUint64(b, uint64(r.SenderID))
	b = binary.BigEndian.AppendUint64(b, uptime)
	b = binary.BigEndian.AppendUint32(b, uint32(interval))
	for _, text := range [...]string{r.Location, r.Status} {
		if b, err = appendText(b, text); err != nil {
			return nil, err
		}
	}
	b = binary.BigEndian.AppendUint16(b, uint16(r.Workload))
	b = binary.BigEndian.AppendUint16(b, uint16(len(r.Associations)))
	for i := range r.Associations {
		if b, err = r.Associations[i].append(b); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// Parse decodes a report. All of b, a datagram, is the report; its length field is
// not looked at, since old senders do not set it. It returns a *[SyntaxError] if b
// is damaged or not a report.
func Parse(b []byte) (*Report, error) { return parse(b, math.MaxInt) }

// parse decodes a report like [Parse], with at most the given number of associations. The
// rest of the associations is not looked at.
func parse(b []byte, most int) (*Report, error) {
	if err := check(b); err != nil {
		return nil, err
	}
	r := &Report{
		Final:    b[1]&finalBit != 0,
		NoLength: binary.BigEndian.Uint16(b[offsetLength:]) == 0,
		SenderID: ComponentID(binary.BigEndian.Uint64(b[offsetSender:])),
		Interval: time.Duration(binary.BigEndian.Uint32(b[offsetInterval:])) * time.Microsecond,
		Location: text(b[offsetLocation:offsetStatus]),
		Status:   text(b[offsetStatus:offsetWorkload]),
		Workload: Workload(binary.BigEndian.Uint16(b[offsetWorkload:])),
	}
	var err error
	if r.Uptime, err = duration(binary.BigEndian.Uint64(b[offsetUptime:]), offsetUptime); err != nil {
		return nil, err
	}
	n := min(associations(b), most)
	if n == 0 {
		return r, nil
	}
	r.Associations = make([]Association, n)
	for i := range r.Associations {
		if r.Associations[i], err = parseAssociation(b, fixedLen+i*associationLen); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// check looks at what makes b a report: its type, version, and a length that fits
// the number of associations.
func check(b []byte) error {
	switch {
	case len(b) > 0 && b[0] != TypeReport:
		return &SyntaxError{Err: ErrUnknownMessage}
	case len(b) >= offsetSender && binary.BigEndian.Uint32(b[offsetVersion:]) != Version:
		return &SyntaxError{Offset: offsetVersion, Err: ErrUnknownVersion}
	case len(b) < fixedLen:
		return &SyntaxError{Offset: len(b), Err: ErrTruncated}
	}
	switch n := fixedLen + associationLen*associations(b); {
	case n > len(b):
		return &SyntaxError{Offset: len(b), Err: ErrTruncated}
	case n < len(b):
		return &SyntaxError{Offset: n, Err: ErrBadLength}
	}
	return nil
}

// associations returns the number of associations that a report claims.
func associations(b []byte) int { return int(binary.BigEndian.Uint16(b[offsetAssociations:])) }

// appendText appends a text, padded with zeros.
func appendText(b []byte, s string) ([]byte, error) {
	if len(s) > textLen {
		return nil, fmt.Errorf("csp: text of %d octets: %w", len(s), ErrTooLong)
	}
	if strings.IndexByte(s, 0) >= 0 {
		return nil, fmt.Errorf("csp: text with a zero octet: %w", ErrRange)
	}
	var zeros [textLen]byte
	b = append(b, s...)
	return append(b, zeros[len(s):]...), nil
}

// text returns what stands before the first zero octet, if there is one.
func text(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}

// microseconds returns a time as it is encoded.
func microseconds(d time.Duration) (uint64, error) {
	if d < 0 {
		return 0, fmt.Errorf("%v: %w", d, ErrRange)
	}
	return uint64(d / time.Microsecond), nil
}

// duration returns a time that is encoded at offset as v.
func duration(v uint64, offset int) (time.Duration, error) {
	if v > math.MaxInt64/uint64(time.Microsecond) {
		return 0, &SyntaxError{Offset: offset, Err: ErrRange}
	}
	return time.Duration(v) * time.Microsecond, nil
}
