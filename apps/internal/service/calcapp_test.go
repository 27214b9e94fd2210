package service

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/apps/calcapp"
	"github.com/rserpool-go/rserpool/apps/internal/calc"
	"github.com/rserpool-go/rserpool/apps/internal/results"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// calcBench is a bench with the service CalcApp.
type calcBench struct {
	*bench
	files *results.Files
}

// testCalcApp runs CalcApp with room for two jobs and a million calculations in a second. After the
// end, it returns the files.
func testCalcApp(t *testing.T, cleanShutdown float64, test func(*testing.T, *calcBench)) (vector, scalar string) {
	t.Helper()
	dir := t.TempDir()
	files := &results.Files{Vector: filepath.Join(dir, "v"), Scalar: filepath.Join(dir, "s"), Object: "scenario.pe[0]"}
	testOpened(t, func(t *testing.T) *Service {
		s, err := CalcApp(CalcAppConfig{
			Element: calc.ElementConfig{
				MaxJobs: 2, Capacity: 1e6, KeepAlive: 2 * time.Second, KeepAliveTimeout: time.Second,
				CookieTime: 5 * time.Second, CookieCalculations: 1e6,
			},
			CleanShutdown: cleanShutdown, Files: files,
		})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}, func(t *testing.T, b *bench) { test(t, &calcBench{b, files}) })
	return read(t, files.Vector), read(t, files.Scalar)
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// say sends a message.
func (b *calcBench) say(a transport.Association, typ calcapp.Type, id uint32, size uint64) {
	b.t.Helper()
	m := calcapp.Message{Type: typ, JobID: id, JobSize: size}
	data, _ := m.AppendBinary(nil)
	if err := a.Send(b.t.Context(), transport.Message{PPID: calcapp.PPID, Data: data}); err != nil {
		b.t.Fatal(err)
	}
}

// hear returns the next message or state in words.
func (b *calcBench) hear(a transport.Association) string {
	b.t.Helper()
	m, err := a.Receive(b.t.Context())
	if err != nil {
		return err.Error()
	}
	if m.PPID == wire.PPIDASAP {
		control, err := asapmsg.Parse(m.Data)
		if err != nil {
			return err.Error()
		}
		c, err := calcapp.ParseCookie(control.(*asapmsg.Cookie).Cookie)
		return fmt.Sprintf("state of %d: %d of %d, %v", c.JobID, c.Completed, c.JobSize, err)
	}
	message, err := calcapp.Parse(m.Data)
	if err != nil || m.PPID != calcapp.PPID {
		return fmt.Sprint(m, err)
	}
	return fmt.Sprintf("%v %d %d %d", message.Type, message.JobID, message.JobSize, message.Completed)
}

// expect compares the next messages and states.
func (b *calcBench) expect(a transport.Association, want ...string) {
	b.t.Helper()
	for _, w := range want {
		if got := b.hear(a); got != w {
			b.t.Errorf("got %s, want %s", got, w)
		}
	}
}

// TestCalcApp is the life of two jobs, and compares the files with those of RSPLIB 3.4.4. The wasted
// capacity is in calculations, whatever the capacity (fault 20 of docs/coming-from-rsplib.md).
func TestCalcApp(t *testing.T) {
	t.Parallel()
	vector, scalar := testCalcApp(t, 1, func(t *testing.T, b *calcBench) {
		one, two := b.dial(), b.dial()
		b.say(one, calcapp.TypeRequest, 1, 3_000_000)
		b.expect(one, "CALCAPP_ACCEPT 1 0 0")
		b.say(two, calcapp.TypeRequest, 1, 100_000)
		b.expect(two, "CALCAPP_ACCEPT 1 0 0")
		if math.Round(b.service.Load()*1000) != 1000 {
			t.Errorf("load %v with two of two jobs", b.service.Load())
		}
		b.say(two, calcapp.TypeRequest, 2, 100_000)
		b.expect(two, "CALCAPP_REJECT 2 0 0", "CALCAPP_COMPLETE 1 100000 100000")
		b.expect(one, "state of 1: 1000000 of 3000000, <nil>", "CALCAPP_KEEP_ALIVE 1 0 0")
		b.say(one, calcapp.TypeKeepAliveAck, 1, 0)
		b.say(one, calcapp.TypeKeepAlive, 1, 0)
		b.expect(one, "CALCAPP_KEEP_ALIVE_ACK 1 0 0", "state of 1: 2000000 of 3000000, <nil>", "CALCAPP_COMPLETE 1 3000000 3000000")
	})
	for what, want := range map[string]string{
		vector: `^ObjectName PID PoolElementIdentifier CurrentTimeStamp Runtime   AvailableCalculations UsedCalculations Utilization   CurrentJobs MaxJobs
000001 scenario\.pe\[0\] [0-9]+ 0x[0-9a-f]{8} 9466848\d\d\.\d{6}   \d\.\d{6}   \d{6} \d{6} 0\.\d{6}   2 2
000002 scenario\.pe\[0\] [0-9]+ 0x[0-9a-f]{8} 9466848\d\d\.\d{6}   3\.\d{6}   3\d{6} 3100000 0\.\d{6}   1 2
$`,
		scalar: `^run 1 "scenario"
scalar "scenario\.pe\[0\]" "CalcAppPE Service Uptime"        \d+\.\d{6}
scalar "scenario\.pe\[0\]" "CalcAppPE Service Capacity"      1000000
scalar "scenario\.pe\[0\]" "CalcAppPE Service Max Jobs"      2
scalar "scenario\.pe\[0\]" "CalcAppPE Total Used Capacity"   3100000
scalar "scenario\.pe\[0\]" "CalcAppPE Total Wasted Capacity" \d+
scalar "scenario\.pe\[0\]" "CalcAppPE Total Jobs Accepted"   2
scalar "scenario\.pe\[0\]" "CalcAppPE Total Jobs Rejected"   1
scalar "scenario\.pe\[0\]" "CalcAppPE Utilization"           0\.\d{6}
$`,
	} {
		if !regexp.MustCompile(want).MatchString(what) {
			t.Errorf("%s\nwant\n%s", what, want)
		}
	}
}

// TestCalcAppResumed asserts that a job that was begun elsewhere goes on, though its user says
// nothing (fault 18 of docs/coming-from-rsplib.md).
func TestCalcAppResumed(t *testing.T) {
	t.Parallel()
	testCalcApp(t, 1, func(t *testing.T, b *calcBench) {
		for state, want := range map[string][]string{
			"\x00\x00\x00\x07\x00\x00\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00\x0f\xff\xff": {"CALCAPP_ACCEPT 7 0 0", "CALCAPP_COMPLETE 7 1048576 1048576"},
			"short": {""},
		} {
			a := b.dial()
			echo := asapmsg.CookieEcho{Cookie: []byte(state)}
			data, err := echo.AppendBinary(nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := a.Send(t.Context(), transport.Message{PPID: wire.PPIDASAP, Data: data}); err != nil {
				t.Fatal(err)
			}
			if want[0] == "" {
				b.expectDown(a, transport.CauseAbortPeer)
				continue
			}
			b.expect(a, want...)
		}
	})
}

// TestCalcAppEnd asserts that users get the states of their jobs at the end of the server, if the
// probability says so.
func TestCalcAppEnd(t *testing.T) {
	t.Parallel()
	for probability, want := range map[float64]string{0: "", 1: "state of 1: 500000 of 3000000, <nil>"} {
		testCalcApp(t, probability, func(t *testing.T, b *calcBench) {
			a := b.dial()
			b.say(a, calcapp.TypeRequest, 1, 3_000_000)
			b.expect(a, "CALCAPP_ACCEPT 1 0 0")
			time.Sleep(500*time.Millisecond - time.Millisecond) // The acceptance came a millisecond later.
			b.stop()
			got := b.hear(a)
			if want == "" && strings.Contains(got, "state") || want != "" && got != want {
				t.Errorf("probability %v: got %s, want %s", probability, got, want)
			}
		})
	}
}

// TestCalcAppLoss asserts that jobs end with their session, and without answers to keep-alives (fault
// 21 of docs/coming-from-rsplib.md).
func TestCalcAppLoss(t *testing.T) {
	t.Parallel()
	testCalcApp(t, 1, func(t *testing.T, b *calcBench) {
		one, two := b.dial(), b.dial()
		for _, a := range []transport.Association{one, two} {
			b.say(a, calcapp.TypeRequest, 1, math.MaxUint64)
			b.expect(a, "CALCAPP_ACCEPT 1 0 0")
		}
		one.Abort("gone")
		time.Sleep(10 * time.Millisecond)
		if math.Round(b.service.Load()*1000) != 500 {
			t.Errorf("load %v", b.service.Load())
		}
		time.Sleep(4 * time.Second)
		if b.service.Load() != 0 || !strings.Contains(b.out.String(), ": no answer to a keep-alive") {
			t.Errorf("load %v, log\n%s", b.service.Load(), b.out.String())
		}
	})
}

// TestCalcAppFlood asserts that a user who asks without end and reads nothing has a bounded number of
// answers waiting, and disturbs no other user.
func TestCalcAppFlood(t *testing.T) {
	t.Parallel()
	testCalcApp(t, 1, func(t *testing.T, b *calcBench) {
		flood := b.dial()
		var sent atomic.Uint32
		go func() {
			m := calcapp.Message{Type: calcapp.TypeRequest}
			for {
				m.JobID = sent.Add(1)
				data, _ := m.AppendBinary(nil)
				if flood.Send(t.Context(), transport.Message{PPID: calcapp.PPID, Data: data}) != nil {
					return
				}
			}
		}()
		time.Sleep(time.Second)
		synctest.Wait() // The user is blocked.
		before := sent.Load()
		time.Sleep(time.Second)
		if n := sent.Load(); n != before || n > 2*outboxFull {
			t.Errorf("%d requests, then %d: the server goes on taking them", before, n)
		}
		a := b.dial()
		b.say(a, calcapp.TypeRequest, 1, 1000)
		b.expect(a, "CALCAPP_ACCEPT 1 0 0", "CALCAPP_COMPLETE 1 1000 1000")
		flood.Abort("enough")
	})
}

// TestCalcAppDamage asserts that a message that makes no sense ends the session of its sender only.
func TestCalcAppDamage(t *testing.T) {
	t.Parallel()
	testCalcApp(t, 1, func(t *testing.T, b *calcBench) {
		for _, data := range []string{"x", "\x01\x00\x00\x18", "\x05\x00\x00\x18aaaabbbbbbbbcccccccc", "\xff\x00\x00\x18aaaabbbbbbbbcccccccc"} {
			a := b.dial()
			if err := a.Send(t.Context(), transport.Message{PPID: calcapp.PPID, Data: []byte(data)}); err != nil {
				t.Fatal(err)
			}
			b.expectDown(a, transport.CauseAbortPeer)
		}
	})
}
