package work

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if err := Prepare(); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

var limits = Limits{Time: time.Minute, Grace: 100 * time.Millisecond, Disk: 8 << 20, Memory: 1 << 30, Processes: 64, Files: 64}

// pack returns an archive. Headers with content are files.
func pack(t *testing.T, entries ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range entries {
		content := h.PAXRecords["test.content"]
		h.PAXRecords, h.Size = nil, int64(len(content))
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func file(name, content string) tar.Header {
	return tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o4777, PAXRecords: map[string]string{"test.content": content}}
}

func script(lines string) tar.Header { return file("ssrun", "#!/bin/sh\n"+lines) }

// folder returns a folder, which must be gone at the end.
func folder(t *testing.T, user *User) *Folder {
	t.Helper()
	f, err := NewFolder(user)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(f.Path); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, mode %v", err, info.Mode())
	}
	t.Cleanup(func() {
		if err := f.Close(false); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(f.Path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the folder is still there: %v", err)
		}
	})
	return f
}

// run runs a script.
func run(t *testing.T, f *Folder, l Limits, lines string) (int, error) {
	t.Helper()
	if err := f.Unpack(bytes.NewReader(pack(t, script(lines))), nil, l); err != nil {
		t.Fatal(err)
	}
	return f.Run(t.Context(), l, nil, "", "")
}

// expectNoProcess asserts that no process of a folder is left.
func expectNoProcess(t *testing.T, f *Folder) {
	t.Helper()
	for _, p := range processes() {
		if p.state != 'Z' && folderOf(p.pid) == f.Path {
			t.Errorf("process %d is still there", p.pid)
		}
	}
}

// TestStatus has a killed program not be a success, which is fault 25 of docs/coming-from-rsplib.md.
func TestStatus(t *testing.T) {
	t.Parallel()
	for lines, want := range map[string]int{"exit 0": 0, "exit 7": 7, "kill -9 $$": 137, "kill -TERM $$": 143} {
		f := folder(t, nil)
		if got, err := run(t, f, limits, lines); err != nil || got != want {
			t.Errorf("%s: status %d, %v, want %d", lines, got, err, want)
		}
	}
}

// TestNoInterpreter runs a program as a shell does.
func TestNoInterpreter(t *testing.T) {
	t.Parallel()
	f := folder(t, nil)
	if err := f.Unpack(bytes.NewReader(pack(t, file("ssrun", "exit 3\n"))), nil, limits); err != nil {
		t.Fatal(err)
	}
	if got, err := f.Run(t.Context(), limits, nil); err != nil || got != 3 {
		t.Errorf("status %d, %v", got, err)
	}
}

// TestStayingProcesses has a program leave processes behind: in its group, in its session, and in
// sessions of their own.
func TestStayingProcesses(t *testing.T) {
	t.Parallel()
	for _, lines := range []string{
		"sleep 600 & exit 0",
		"(trap '' TERM HUP; sleep 600 & sleep 600) & exit 0",
		"setsid sleep 600 & sleep 0.1; exit 0",
		"(setsid sh -c 'setsid sleep 600 & sleep 600' &) ; sleep 0.2; exit 0",
		"env -i setsid sleep 600 & sleep 0.1; echo $! >pid; exit 0",
	} {
		f := folder(t, nil)
		if got, err := run(t, f, limits, lines); err != nil || got != 0 {
			t.Errorf("%s: status %d, %v", lines, got, err)
		}
		expectNoProcess(t, f)
		if pid, err := os.ReadFile(filepath.Join(f.Path, "pid")); err == nil {
			if _, err := os.Stat("/proc/" + strings.TrimSpace(string(pid))); err == nil {
				t.Errorf("process %s has hidden itself", pid)
			}
		}
	}
}

// TestTime ends programs that do not end, with and without SIGTERM.
func TestTime(t *testing.T) {
	t.Parallel()
	for _, lines := range []string{"sleep 600", "trap '' TERM; while :; do sleep 600; done", "trap '' TERM; (trap '' TERM; sleep 600) & wait; sleep 600"} {
		l := limits
		l.Time = time.Second
		f := folder(t, nil)
		if _, err := run(t, f, l, lines); !errors.Is(err, ErrTime) {
			t.Errorf("%s: %v", lines, err)
		}
		expectNoProcess(t, f)
	}
	ctx, cancel := context.WithCancel(t.Context())
	f := folder(t, nil)
	if err := f.Unpack(bytes.NewReader(pack(t, script("sleep 600"))), nil, limits); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := f.Run(ctx, limits, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	expectNoProcess(t, f)
}

// TestDisk ends programs that write without end, into a file and into many.
func TestDisk(t *testing.T) {
	t.Parallel()
	f := folder(t, nil)
	if got, err := run(t, f, limits, "exec cat /dev/zero >big"); err != nil || got != 128+25 {
		t.Errorf("status %d, %v, want that of SIGXFSZ", got, err)
	}
	f = folder(t, nil)
	if _, err := run(t, f, limits, "i=0; while :; do i=$((i+1)); head -c 1000000 /dev/zero >f$i || exit 9; sleep 0.01; done"); !errors.Is(err, ErrDisk) {
		t.Errorf("many files: %v", err)
	}
	expectNoProcess(t, f)
}

// TestResources reads the limits and the environment as the program has them.
func TestResources(t *testing.T) {
	t.Setenv("SECRET", "of the server")
	f := folder(t, nil)
	if got, err := run(t, f, limits, `{ ulimit -v; ulimit -n; ulimit -t; ulimit -c; ulimit -f; } >"$1"; env >names; umask >/dev/null; exit 0`); err != nil || got != 0 {
		t.Fatalf("status %d, %v", got, err)
	}
	got, err := os.ReadFile(filepath.Join(f.Path, output))
	if err != nil || string(got) != "1048576\n64\n60\n0\n16384\n" {
		t.Errorf("limits %q, %v", got, err)
	}
	env, err := os.ReadFile(filepath.Join(f.Path, "names"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(env)) {
		switch name, _, _ := strings.Cut(line, "="); name {
		case "PATH", "HOME", "TMPDIR", "LANG", "PWD", "OLDPWD", "SHLVL", "_":
		default:
			t.Errorf("the program has %q", line)
		}
	}
}

// TestUser has a program run as another user, who has neither the server's files nor its groups.
func TestUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can change to another user")
	}
	user, err := FindUser("nobody")
	if err != nil {
		t.Skip(err)
	}
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := folder(t, user)
	got, err := run(t, f, limits, "id -u; id -G; grep processes /proc/self/limits; cat "+secret+` && exit 1
		{ id -u; id -G; grep -c '^Max processes *64 *64 ' /proc/self/limits; } >"$1"; exit 0`)
	if err != nil || got != 0 {
		t.Fatalf("status %d, %v", got, err)
	}
	result, err := f.Output()
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	if b, err := io.ReadAll(result); err != nil || string(b) != "65534\n65534\n1\n" {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := FindUser("root"); err == nil {
		t.Error("packages may run as root")
	}
}

// TestOutput has programs put something else in the place of the result.
func TestOutput(t *testing.T) {
	t.Parallel()
	for lines, ok := range map[string]bool{
		`echo x >"$1"`:             true,
		`ln -s /etc/passwd "$1"`:   false,
		`ln -s ssrun "$1"`:         false,
		`ln ssrun "$1"`:            false,
		`mkfifo "$1"`:              false,
		`mkdir "$1"`:               false,
		`:`:                        false,
		`mkdir a; chmod 0 a; : >b`: false,
	} {
		f := folder(t, nil)
		if got, err := run(t, f, limits, lines); err != nil || got != 0 {
			t.Errorf("%s: status %d, %v", lines, got, err)
		}
		result, err := f.Output()
		if (err == nil) != ok {
			t.Errorf("%s: %v", lines, err)
		}
		if err == nil {
			result.Close()
		}
	}
}

// TestUnpack has archives with names that lead out of the folder, and with too much content.
func TestUnpack(t *testing.T) {
	t.Parallel()
	outside := filepath.Join(t.TempDir(), "outside")
	run := script("exit 0")
	link := func(name, to string) tar.Header {
		return tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: to}
	}
	for name, c := range map[string]struct {
		entries []tar.Header
		want    string // the error; empty: none
	}{
		"good":            {[]tar.Header{run, file("a/b/c", "x"), {Typeflag: tar.TypeDir, Name: "d/", Mode: 0o755}, link("a/l", "b/c"), file("./e", "y")}, ""},
		"file twice":      {[]tar.Header{run, file("a", "x"), file("a", "y")}, ""},
		"absolute":        {[]tar.Header{run, file(outside, "x")}, "leads out"},
		"parent":          {[]tar.Header{run, file("../outside", "x")}, "leads out"},
		"hidden parent":   {[]tar.Header{run, file("a/../../outside", "x")}, "leads out"},
		"link out":        {[]tar.Header{run, link("l", "../outside")}, "leads out"},
		"absolute link":   {[]tar.Header{run, link("l", "/etc/passwd")}, "leads out"},
		"through links":   {[]tar.Header{run, link("l", "."), link("m", "l/../.."), file("m/outside", "x")}, "leads out"},
		"links in a row":  {[]tar.Header{run, link("x/y/l", "../.."), link("m", "x/y/l/.."), file("m/outside", "x")}, "escapes"},
		"hard link":       {[]tar.Header{run, {Typeflag: tar.TypeLink, Name: "h", Linkname: "/etc/passwd"}}, "escapes"},
		"hard link up":    {[]tar.Header{run, {Typeflag: tar.TypeLink, Name: "h", Linkname: "../x"}}, "escapes"},
		"device":          {[]tar.Header{run, {Typeflag: tar.TypeChar, Name: "dev", Devmajor: 1, Devminor: 3}}, "not allowed"},
		"pipe":            {[]tar.Header{run, {Typeflag: tar.TypeFifo, Name: "fifo"}}, "not allowed"},
		"no program":      {[]tar.Header{file("a", "x")}, "without ssrun"},
		"linked program":  {[]tar.Header{file("a", "x"), link("ssrun", "a")}, "not a file"},
		"too much":        {[]tar.Header{run, file("a", strings.Repeat("x", 6<<20)), file("b", strings.Repeat("y", 6<<20))}, ErrDisk.Error()},
		"too many":        {slices.Repeat([]tar.Header{{Typeflag: tar.TypeDir, Name: "d/", Mode: 0o755}}, maxEntries+1), ErrDisk.Error()},
		"environment.dir": {[]tar.Header{run, {Typeflag: tar.TypeDir, Name: environment, Mode: 0o755}}, ""},
	} {
		for _, zip := range []bool{false, true} {
			f := folder(t, nil)
			b := pack(t, c.entries...)
			if zip {
				b = compress(t, b)
			}
			err := f.Unpack(bytes.NewReader(b), strings.NewReader("env"), limits)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, want %q", name, err, c.want)
			}
			for _, p := range []string{outside, filepath.Join(f.Path, "../outside")} {
				if _, err := os.Lstat(p); err == nil {
					t.Errorf("%s: there is a file %s", name, p)
				}
			}
		}
	}
	f := folder(t, nil)
	if err := f.Unpack(strings.NewReader("no archive at all"), nil, limits); err == nil {
		t.Error("rubbish was unpacked")
	}
}

func compress(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(b)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestStatusLines has what GnuPG says about files that are not signed as a whole.
func TestStatusLines(t *testing.T) {
	t.Parallel()
	const good = "[GNUPG:] NEWSIG\n[GNUPG:] PLAINTEXT 62 0 a\n[GNUPG:] GOODSIG 1 a\n[GNUPG:] VALIDSIG 1\n[GNUPG:] TRUST_ULTIMATE 0 pgp\n"
	for status, ok := range map[string]bool{
		good:                                 true,
		"":                                   false,
		"[GNUPG:] PLAINTEXT 62 0 a\n":        false,
		good + "[GNUPG:] PLAINTEXT 62 0 b\n": false,
		good + good:                          false,
		strings.ReplaceAll(good, "TRUST_ULTIMATE", "TRUST_UNDEFINED"):    false,
		strings.ReplaceAll(good, "GOODSIG", "EXPKEYSIG"):                 false,
		good + "[GNUPG:] ERROR proc_pkt.plaintext 89\n":                  false,
		strings.ReplaceAll(good, "[GNUPG:] VALIDSIG", "gpg: \"VALIDSIG"): false,
	} {
		if err := checkStatus(status); (err == nil) != ok {
			t.Errorf("%q: %v", status, err)
		}
	}
}
