package csp_test

import (
	"fmt"
	"time"

	"github.com/rserpool-go/rserpool/csp"
)

// A pool element reports its load and its association with a registrar; the monitor
// reads the report.
func Example() {
	report := csp.Report{
		SenderID: csp.NewComponentID(csp.GroupPoolElement, 0xdeadbeef),
		Uptime:   61 * time.Second,
		Interval: time.Second,
		Location: "pe1: 192.0.2.2",
		Status:   "1 Session",
		Workload: csp.NewWorkload(0.5),
		Associations: []csp.Association{{
			ReceiverID: csp.NewComponentID(csp.GroupRegistrar, 0x11223344),
			Duration:   time.Minute,
			Protocol:   csp.ProtocolSCTP,
			PPID:       11, // ASAP
		}},
	}
	datagram, err := report.AppendBinary(nil)
	if err != nil {
		fmt.Println(err)
		return
	}

	seen, err := csp.Parse(datagram)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(seen.SenderID.Group(), seen.SenderID, seen.Workload, seen.Status)
	for _, a := range seen.Associations {
		fmt.Println("with", a.ReceiverID.Group(), a.ReceiverID, "for", a.Duration)
	}
	// Output:
	// pool element 0x02000000deadbeef 50% 1 Session
	// with registrar 0x0100000011223344 for 1m0s
}
