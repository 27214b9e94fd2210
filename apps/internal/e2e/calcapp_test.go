package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// calcServer starts a server of CalcApp, with its files in a folder of its own.
func (s site) calcServer(args ...string) (p *process, id, folder string) {
	s.t.Helper()
	folder = s.t.TempDir()
	all := []string{"-calcapp", "-capvector=" + filepath.Join(folder, "vector"), "-capscalar=" + filepath.Join(folder, "scalar"), "-capcookiemaxtime=0.1"}
	p, id = s.registeredServer(append(all, args...)...)
	return p, id, folder
}

// calcClient starts a client of CalcApp, with its files in a folder of its own.
func (s site) calcClient(args ...string) (p *process, folder string) {
	s.t.Helper()
	folder = s.t.TempDir()
	all := []string{
		"-registrar=" + s.addr.String(), "-asapannounce=off", "-vector=" + filepath.Join(folder, "vector"), "-scalar=" + filepath.Join(folder, "scalar"),
		"-keepalivetransmissioninterval=500", "-keepalivetimeoutinterval=2000",
	}
	return start(s.t, "calcappclient", append(all, args...)...), folder
}

// fileIn returns the text of a file.
func fileIn(t *testing.T, folder, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// scalar returns a number of a scalar file.
func scalar(t *testing.T, folder, name string) int {
	t.Helper()
	m := regexp.MustCompile(`"` + name + `" +([0-9]+)`).FindStringSubmatch(fileIn(t, folder, "scalar"))
	if m == nil {
		t.Fatalf("no scalar %s in %s", name, fileIn(t, folder, "scalar"))
	}
	n, _ := strconv.Atoi(m[1])
	return n
}

// disturb ends the servers of jobs until a job goes on at another server. Each is replaced by a new
// server. It returns whether the job had its state.
func disturb(client *process, servers map[string]*process, end func(*process), another func()) (state bool) {
	client.t.Helper()
	news := ""
	for ; !strings.HasPrefix(news, "goes "); news = client.expect(" job [0-9]+: (complete|goes .*)") {
		id := client.expect(` job [0-9]+: accepted by element (0x[0-9a-f]{8})$`)
		if p := servers[id]; p != nil { // Otherwise it was ended after the job before.
			delete(servers, id)
			end(p)
			another()
		}
	}
	return strings.HasSuffix(news, " with its state")
}

// TestCalcApp kills the server of a job, and later stops the server of a job in order. All jobs are
// completed, each with the size that was requested, and the files have them.
func TestCalcApp(t *testing.T) {
	t.Parallel()
	const jobs = 5
	site := newSite(t)
	site.registrar()
	servers, folders := make(map[string]*process), make(map[string]string)
	another := func() {
		p, id, folder := site.calcServer()
		servers[id], folders[id] = p, folder
	}
	another()
	another()
	client, folder := site.calcClient(fmt.Sprintf("-jobs=%d", jobs), "-jobinterval=0.01", "-jobsize=1500000")
	disturb(client, servers, (*process).kill, another)
	if !disturb(client, servers, func(p *process) {
		p.signal(syscall.SIGTERM)
		p.expectEnd(0)
	}, another) {
		t.Error("a server that stopped in order has left no state")
	}
	client.expect("^complete +5 +[0-9]+$")
	client.expect(" 0 rejections, [0-9]+ failovers?$")
	client.expectEnd(0)
	checkCompleted(t, folder, jobs)
	rows := 0
	for id, p := range servers {
		p.signal(syscall.SIGTERM)
		p.expectEnd(0)
		rows += strings.Count(fileIn(t, folders[id], "vector"), " "+id+" ")
		_ = scalar(t, folders[id], "CalcAppPE Total Used Capacity")
	}
	if rows > jobs {
		t.Errorf("servers have %d rows of %d jobs", rows, jobs)
	}
}

// checkCompleted asserts that the files of a client have all jobs, and that their sizes are the sizes
// that were requested.
func checkCompleted(t *testing.T, folder string, jobs int) {
	t.Helper()
	row := regexp.MustCompile(`(?m)^0*([0-9]+) scenario\.calcapppooluser\[0\] [0-9]+ ([0-9]+) ([0-9]+) 0\.010000   [0-9]+( [0-9]+\.[0-9]{6}){5}  ( [0-9]{10}\.[0-9]{6}){4}$`)
	size, rows := 0, row.FindAllStringSubmatch(fileIn(t, folder, "vector"), -1)
	for i, r := range rows {
		if n := strconv.Itoa(i + 1); r[1] != n || r[2] != n {
			t.Errorf("row %d: %s", i+1, r[0])
		}
		n, _ := strconv.Atoi(r[3])
		size += n
	}
	if len(rows) != jobs || size == 0 {
		t.Errorf("%d rows of %d jobs:\n%s", len(rows), jobs, fileIn(t, folder, "vector"))
	}
	for name, want := range map[string]int{
		"Jobs Queued": jobs, "Jobs Started": jobs, "Jobs Completed": jobs, "CalcAppCompletes": jobs,
		"Job Size Queued": size, "Job Size Started": size, "Job Size Completed": size,
	} {
		if got := scalar(t, folder, "CalcAppPU Total "+name); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}

// TestCalcAppInterrupt asserts that a client that is interrupted prints its numbers and writes its
// files, and that the end of its time does not wait for a job (fault 19 of
// docs/coming-from-rsplib.md).
func TestCalcAppInterrupt(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.registrar()
	server, _, folder := site.calcServer("-capcapacity=1", "-capmaxjobs=1")
	client, clientFolder := site.calcClient("-jobinterval=0.01", "-jobsize=1e12", "-output=json")
	client.expect(`"event":"accept","job":1,"element":"0x[0-9a-f]{8}"`)
	rejected, rejectedFolder := site.calcClient("-jobinterval=0.01", "-runtime=1")
	rejected.expect(" job 1: rejected by element 0x[0-9a-f]{8}$")
	rejected.expect("^started +1 +[0-9]+$")
	rejected.expect("^calcappclient: pool CalcAppPool: no job accepted within 1s$")
	rejected.expectEnd(1)
	idle, idleFolder := site.calcClient("-jobinterval=1000000", "-runtime=0.5")
	idle.expect("^queued +0 +0$")
	idle.expectEnd(0)
	client.signal(syscall.SIGINT)
	client.expect(`"event":"summary","summary":{"jobs_queued":[0-9]+,"jobs_started":1,"jobs_completed":0,`)
	client.expectEnd(0)
	server.expect(" job 1 removed after [0-9]+ calculations with the session$")
	for folder, want := range map[string][2]int{clientFolder: {1, 1}, rejectedFolder: {1, 0}, idleFolder: {0, 0}} {
		if requests, accepts := scalar(t, folder, "CalcAppPU Total CalcAppRequests"), scalar(t, folder, "CalcAppPU Total CalcAppAccepts"); requests != want[0] || accepts != want[1] {
			t.Errorf("%d requests, %d accepts, want %v", requests, accepts, want)
		}
	}
	server.signal(syscall.SIGTERM)
	server.expectEnd(0)
	if n := scalar(t, folder, "CalcAppPE Total Jobs Rejected"); n < 1 {
		t.Errorf("%d jobs rejected", n)
	}
}
