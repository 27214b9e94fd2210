package csp

import (
	"context"
	"fmt"
	"math"
	"net"
	"net/netip"
	"time"
)

// A Sender reports about a component to a monitor.
type Sender struct {
	// Monitor is where the reports go.
	Monitor netip.AddrPort
	// Interval is the time between two reports: more than 0, and at most 71 minutes,
	// which is what the field holds.
	Interval time.Duration
	// Describe returns the component's identifier, and its present location, status,
	// workload and associations. The sender fills in the rest, and cuts texts that are
	// longer than [MaxTextLen]. With an error, or an
	// identifier whose object is 0, nothing is reported this time.
	Describe func(context.Context) (Report, error)
}

// Run reports at once and then in each interval until the context ends, and then says
// that the component has ended, unless it never had an identifier. It fails only if
// there can be no socket, or with [ErrRange] for the interval. A monitor that is not there, or to which there is no route, is
// no failure: it may come.
func (s *Sender) Run(ctx context.Context) error {
	if s.Interval <= 0 || s.Interval > math.MaxUint32*time.Microsecond {
		return fmt.Errorf("csp: interval %v: %w", s.Interval, ErrRange)
	}
	conn, err := net.ListenUDP("udp", nil)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // Nothing was promised.
	start := time.Now()
	var id ComponentID
	ticker := time.NewTicker(s.Interval)
	defer ticker.Stop()
	for {
		if report, err := s.Describe(ctx); err == nil && ctx.Err() == nil && report.SenderID.Object() != 0 {
			id = report.SenderID
			s.send(conn, report, start)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			if id.Object() != 0 {
				s.send(conn, Report{Final: true, SenderID: id}, start)
			}
			return nil
		}
	}
}

// send sends one report. Reports are not acknowledged, so one that cannot be sent is as
// good as lost.
func (s *Sender) send(conn *net.UDPConn, r Report, start time.Time) {
	r.Uptime = time.Since(start).Truncate(time.Microsecond)
	r.Interval = s.Interval
	r.Location, r.Status = cut(r.Location), cut(r.Status)
	if data, err := r.AppendBinary(nil); err == nil {
		_, _ = conn.WriteToUDPAddrPort(data, s.Monitor)
	}
}

// cut returns a text as far as it fits.
func cut(text string) string { return text[:min(len(text), MaxTextLen)] }

// Location returns where a component is, as reports have it: the host's name and the
// addresses, the first with its port unless that is 0, cut to [MaxTextLen]. Global
// addresses are listed, and private ones if there are no others.
func Location(host string, addrs []netip.AddrPort) string {
	text := host
	separator := ": "
	for _, private := range []bool{false, true} {
		for _, a := range addrs {
			addr := a.Addr().Unmap()
			if !addr.IsGlobalUnicast() || addr.IsPrivate() != private {
				continue
			}
			if separator == ": " && a.Port() != 0 {
				text += separator + netip.AddrPortFrom(addr, a.Port()).String()
			} else {
				text += separator + addr.String()
			}
			separator = ", "
		}
		if separator == ", " {
			break
		}
	}
	return cut(text)
}
