package replay

import (
	"reflect"
	"testing"

	"github.com/rserpool-go/rserpool/tools/internal/player"
	"github.com/rserpool-go/rserpool/tools/internal/script"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

func answer(causes ...wire.CauseCode) *script.Message {
	m := &asapmsg.DeregistrationResponse{PoolHandle: "p", PEID: 1}
	for _, c := range causes {
		m.Causes = append(m.Causes, wire.ErrorCause{Code: c})
	}
	return &script.Message{Octets: []byte{4}, ASAP: m}
}

// TestJudge compares the outcomes at two registrars, which come in any order.
func TestJudge(t *testing.T) {
	t.Parallel()
	topic := func(text string) player.Topic { return player.Topic{Assoc: 1, Text: text, Number: 1} }
	ended := func(inScript, live bool) *player.Ended { return &player.Ended{Script: inScript, Live: live} }
	const first, second = 0, 1
	type outcome struct {
		side int
		player.Outcome
	}
	for name, test := range map[string]struct {
		outcomes []outcome
		want     []Difference
	}{
		"same, other than the capture": {[]outcome{
			{first, player.Outcome{Topic: topic("a"), Script: answer(1), Live: answer()}},
			{second, player.Outcome{Topic: topic("a"), Script: answer(1), Live: answer()}},
		}, nil},
		"different": {[]outcome{
			{second, player.Outcome{Topic: topic("a"), Live: answer(3), Request: "request"}},
			{first, player.Outcome{Topic: topic("a"), Live: answer(9), Request: "request"}},
		}, []Difference{{Request: "request", Field: "causes", A: "unknown pool handle", B: "invalid values"}}},
		"only one": {[]outcome{
			{second, player.Outcome{Topic: topic("b"), Live: answer()}},
			{first, player.Outcome{Topic: topic("a"), Live: answer()}},
			{first, player.Outcome{Topic: topic("c"), Script: answer()}},
		}, []Difference{
			{Request: "a", Field: "message", A: "ASAP_DEREGISTRATION_RESPONSE", B: "none"},
			{Request: "b", Field: "message", A: "none", B: "ASAP_DEREGISTRATION_RESPONSE"},
		}},
		"both end an association": {[]outcome{
			{first, player.Outcome{Topic: topic("end"), Ended: ended(false, true)}},
			{second, player.Outcome{Topic: topic("end"), Ended: ended(false, true)}},
		}, nil},
		"the second does not": {[]outcome{
			{first, player.Outcome{Topic: topic("end"), Ended: ended(false, true)}},
		}, []Difference{{Request: "end", Field: "association", A: endText(true), B: endText(false)}}},
		"the second does": {[]outcome{
			{second, player.Outcome{Topic: topic("end"), Ended: ended(false, true)}},
		}, []Difference{{Request: "end", Field: "association", A: endText(false), B: endText(true)}}},
		"the first does as the capture does": {[]outcome{
			{second, player.Outcome{Topic: topic("end"), Ended: ended(true, false)}},
		}, []Difference{{Request: "end", Field: "association", A: endText(true), B: endText(false)}}},
		"stranger": {[]outcome{
			{first, player.Outcome{Topic: topic("a"), Live: answer(), Strangers: []wire.PEID{7}}},
			{second, player.Outcome{Topic: topic("a"), Live: answer()}},
		}, []Difference{{Request: "a", Field: "element outside the pool", B: "0x00000007"}}},
	} {
		var got []Difference
		j := judge{
			two: true, pending: make(map[player.Topic]pendingOutcome),
			report: func(d Difference) { got = append(got, d) },
		}
		for _, o := range test.outcomes {
			j.take(o.side, o.Outcome)
		}
		j.finish()
		if !reflect.DeepEqual(got, test.want) || j.count != len(test.want) || len(j.pending) > 0 {
			t.Errorf("%s:\ngot  %+v\nwant %+v", name, got, test.want)
		}
	}
}
