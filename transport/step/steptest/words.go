package steptest

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/rserpool-go/rserpool/transport/step"
)

// ParseEvent returns the event of a command, if it is an event of package step without a
// message, nil otherwise.
func ParseEvent(name string, a *Args) step.Event {
	switch name {
	case "tick":
		return step.Tick{}
	case "addrs":
		return step.LocalAddrs{Addrs: a.Addrs()}
	case "up":
		return step.Up{Assoc: NextAssoc(a), Dial: step.DialID(a.NamedNumber("dial", 0)), Peer: a.Addrs()}
	case "down":
		return step.Down{Assoc: NextAssoc(a)}
	case "dial-failed":
		return step.DialFailed{Dial: step.DialID(a.NextNumber())}
	}
	return nil
}

// NextAssoc takes the next word as an association.
func NextAssoc(a *Args) step.AssocID { return step.AssocID(a.NextNumber()) }

// Describe describes an action of package step for a transcript. It returns "" for all
// others.
func Describe(action step.Action, message func(step.Message) string) string {
	switch a := action.(type) {
	case step.Send:
		return fmt.Sprintf("send %d: %s", a.Assoc, message(a.Message))
	case step.Multicast:
		return "multicast: " + message(a.Message)
	case step.Dial:
		return fmt.Sprintf("dial %d: %v", a.Dial, JoinAddrs(a.Addrs))
	case step.End:
		return fmt.Sprintf("end %d", a.Assoc)
	case step.Abort:
		return fmt.Sprintf("abort %d: %s", a.Assoc, a.Reason)
	}
	return ""
}

// DescribeMessage encodes a message, decodes it by parse, and describes the result.
func DescribeMessage[M any](m step.Message, parse func([]byte) (M, error), describe func(M) string) string {
	b, err := m.AppendBinary(nil)
	if err != nil {
		return "cannot be encoded: " + err.Error()
	}
	parsed, err := parse(b)
	if err != nil {
		return "cannot be decoded: " + err.Error()
	}
	return describe(parsed)
}

// JoinAddrs lists addresses with commas between them.
func JoinAddrs(addrs []netip.AddrPort) string {
	words := make([]string, len(addrs))
	for i, a := range addrs {
		words[i] = a.String()
	}
	return strings.Join(words, ",")
}

// WordIf returns s if the flag is set, and "" otherwise.
func WordIf(flag bool, s string) string {
	if flag {
		return s
	}
	return ""
}
