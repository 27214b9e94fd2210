package e2e

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// scriptingServer starts a server of work packages, which run as the user of the test.
func (s site) scriptingServer(args ...string) (p *process, id string) {
	s.t.Helper()
	return s.registeredServer(append([]string{"-scripting", "--scripting-same-user", "-ssmaxthreads=4"}, args...)...)
}

// scriptingClient starts a client. Pauses are short.
func (s site) scriptingClient(input, output string, args ...string) *process {
	s.t.Helper()
	all := []string{
		"-registrar=" + s.addr.String(), "-asapannounce=off", "-input=" + input, "-output=" + output,
		"-retrydelay=100", "-keepaliveinterval=500",
	}
	return start(s.t, "scriptingclient", append(all, args...)...)
}

// writePackage writes a package with a script.
func writePackage(t *testing.T, name, lines string) {
	t.Helper()
	content := "#!/bin/sh\n" + lines
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "ssrun", Mode: 0o700, Size: int64(len(content))})
	if err == nil {
		_, err = w.Write([]byte(content))
	}
	if err := errors.Join(err, w.Close(), os.WriteFile(name, b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// expectContent asserts the content of a file.
func expectContent(t *testing.T, name, want string) {
	t.Helper()
	if b, err := os.ReadFile(name); err != nil || string(b) != want {
		t.Errorf("%v, %q, want %q", err, b, want)
	}
}

// TestScriptingFolder has 50 packages run while servers are killed and started, and asserts that each
// package has a single result. All of them use the same environment.
func TestScriptingFolder(t *testing.T) {
	t.Parallel()
	const packages = 50
	site := newSite(t)
	site.registrar()
	servers := make(map[string]*process)
	for range 3 {
		p, id := site.scriptingServer()
		servers[id] = p
	}
	input, output := t.TempDir(), filepath.Join(t.TempDir(), "results")
	environment := filepath.Join(t.TempDir(), "environment")
	if err := os.WriteFile(environment, []byte(strings.Repeat("environment", 10000)), 0o600); err != nil {
		t.Fatal(err)
	}
	begun := filepath.Join(t.TempDir(), "begun")
	if err := syscall.Mkfifo(begun, 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range packages {
		// The packages 20 and 40 run until their server is killed.
		writePackage(t, filepath.Join(input, fmt.Sprintf("%02d.tar", i)), fmt.Sprintf(`
set -e
i=%d begun='%s'
case $i in 20|40) if mkdir "$begun.$i"; then echo begun >"$begun"; exec sleep 1000; fi ;; esac
sleep 0.3
[ "$(head -c 11 "$2")" = environment ]
echo "result of $i" >"$1"
`, i, begun))
	}
	client := site.scriptingClient(input, output, "-environment="+environment, "-parallel=8", "-report=json")
	for _, held := range []string{"20.tar", "40.tar"} {
		for range 5 {
			client.expect(`"event":"succeeded"`)
		}
		server := servers[client.expect(`"event":"ready","package":"`+held+`","element":"(0x[0-9a-f]{8})"`)]
		expectContent(t, begun, "begun\n") // It waits.
		server.kill()
		client.expect(`"event":"retry".*the server is gone`)
		p, id := site.scriptingServer()
		servers[id] = p
	}
	client.expect(fmt.Sprintf(`"event":"summary","summary":{"packages":%d,"succeeded":%d,"failed":0,`, packages, packages))
	client.expectEnd(0)
	for i := range packages {
		name := fmt.Sprintf("%02d.tar", i)
		expectContent(t, filepath.Join(output, name+".result"), fmt.Sprintf("result of %d\n", i))
		if n := client.count(`"event":"succeeded","package":"` + name + `"`); n != 1 {
			t.Errorf("%s has succeeded %d times", name, n)
		}
	}
	if files, err := os.ReadDir(output); err != nil || len(files) != packages {
		t.Errorf("%v, %d files in the folder of results", err, len(files))
	}
	again := site.scriptingClient(input, output)
	again.expect(fmt.Sprintf("^scriptingclient: %d packages: 0 succeeded, 0 failed, %d skipped;", packages, packages))
	again.expectEnd(0)
}

// TestScriptingFailures runs packages that fail. A limit of three runs means three, and a package
// without a result is not run without end: fault 23 of docs/coming-from-rsplib.md.
func TestScriptingFailures(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.registrar()
	site.scriptingServer("-ssmaxthreads=1")
	folder := t.TempDir()
	for name, test := range map[string]struct{ lines, failure, result string }{
		"debug":   {`echo debug >"$1"; exit 3`, "exit status 3", "debug\n"},
		"nothing": {`exit 4`, "exit status 4", ""},
		"killed":  {`echo begun >"$1"; kill -9 $$`, "exit status 137", "begun\n"},
		"silent":  {`exit 0`, "exit status 1", ""},
	} {
		runs := filepath.Join(folder, name+".runs")
		writePackage(t, filepath.Join(folder, name), "echo run >>'"+runs+"'\n"+test.lines+"\n")
		client := site.scriptingClient(filepath.Join(folder, name), filepath.Join(folder, name+".out"), "-runid=me")
		client.expect(`^\[me@.+\] .* ` + name + `: goes to element 0x[0-9a-f]{8} \(.*\)$`)
		client.expect(`^\[me@.+\] .* ` + name + ": failed: " + test.failure + "$")
		client.expect(`^\[me\] scriptingclient: 1 package: 0 succeeded, 1 failed, 0 skipped; 0 failovers, 3 trials that failed;`)
		client.expect("^scriptingclient: pool ScriptingPool: 1 of 1 package failed$")
		client.expectEnd(1)
		expectContent(t, runs, strings.Repeat("run\n", 3))
		expectContent(t, filepath.Join(folder, name+".out"), test.result)
	}
}

// TestScriptingFull has more packages than places: NotReady sends a package elsewhere or later.
func TestScriptingFull(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.registrar()
	site.scriptingServer("-ssmaxthreads=1")
	input, output := t.TempDir(), t.TempDir()
	for _, name := range []string{"a", "b"} {
		writePackage(t, filepath.Join(input, name), `sleep 1; echo done >"$1"`)
	}
	client := site.scriptingClient(input, output)
	client.expect(` [ab]: the server is not ready: fully loaded at element 0x[0-9a-f]{8} \(.*\); trying again$`)
	client.expect("^scriptingclient: 2 packages: 2 succeeded, 0 failed, 0 skipped;")
	client.expectEnd(0)
}

// TestScriptingEnd stops client and server while a package runs. Nothing is left of the package.
func TestScriptingEnd(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.registrar()
	server, _ := site.scriptingServer()
	folder := t.TempDir()
	input, output, lock := filepath.Join(folder, "in"), filepath.Join(folder, "out"), filepath.Join(folder, "lock")
	if err := syscall.Mkfifo(lock, 0o600); err != nil {
		t.Fatal(err)
	}
	// The writing side of the pipe is open as long as a process of the package lives.
	writePackage(t, input, "exec 9>'"+lock+"'\necho begun >&9\ntrap '' TERM\n(setsid sleep 1000 &)\nsleep 1000\n")
	for _, stop := range []func(client *process){
		func(client *process) { client.signal(syscall.SIGINT) },
		func(*process) { server.signal(syscall.SIGTERM) },
	} {
		client := site.scriptingClient(input, output, "-maxfailovers=1")
		pipe, err := os.Open(lock)
		if err != nil {
			t.Fatal(err)
		}
		begun := make([]byte, 6)
		if _, err := pipe.Read(begun); err != nil || string(begun) != "begun\n" {
			t.Errorf("%v, %q", err, begun)
		}
		stop(client)
		if n, _ := pipe.Read(begun); n != 0 {
			t.Errorf("read %q", begun[:n])
		}
		if err := pipe.Close(); err != nil {
			t.Error(err)
		}
		client.expect("^scriptingclient: 1 package: 0 succeeded, [01] failed, 0 skipped;")
		client.expectEnd(1)
	}
	server.expectEnd(0)
	if files, err := filepath.Glob(filepath.Join(folder, "*out*")); err != nil || len(files) > 0 {
		t.Errorf("%v, left %q", err, files)
	}
}
