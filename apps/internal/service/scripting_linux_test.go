package service

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha1"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/apps/internal/envcache"
	"github.com/rserpool-go/rserpool/apps/internal/work"
	"github.com/rserpool-go/rserpool/apps/scripting"
	"github.com/rserpool-go/rserpool/transport"
)

// scriptingService returns the service with a configuration that change changes.
func scriptingService(t *testing.T, change func(*ScriptingConfig)) *Service {
	t.Helper()
	if err := work.Prepare(); err != nil {
		t.Fatal(err)
	}
	cache, err := envcache.Open(filepath.Join(t.TempDir(), "cache"), 1<<20, 4)
	if err != nil {
		t.Fatal(err)
	}
	c := ScriptingConfig{
		MaxSessions: 2, TransmitTimeout: 30 * time.Second, KeepAliveInterval: 15 * time.Second, KeepAliveTimeout: 10 * time.Second, Cache: cache,
		Limits: work.Limits{Time: time.Minute, Grace: 100 * time.Millisecond, Disk: 1 << 20, Memory: 1 << 30, Processes: 64, Files: 64},
	}
	if change != nil {
		change(&c)
	}
	return Scripting(c)
}

// scriptingUser is the user of a session.
type scriptingUser struct {
	transport.Association
	t *testing.T
}

func (b *bench) scriptingUser() scriptingUser { return scriptingUser{b.dial(), b.t} }

func (u scriptingUser) send(all ...scripting.Message) {
	u.t.Helper()
	for _, m := range all {
		data, err := m.AppendBinary(nil)
		if err != nil {
			u.t.Fatal(err)
		}
		if err := u.Send(u.t.Context(), transport.Message{PPID: scripting.PPID, Data: data}); err != nil {
			u.t.Fatal(err)
		}
	}
}

// upload sends a file.
func (u scriptingUser) upload(b []byte) {
	u.t.Helper()
	for part := range slices.Chunk(b, scripting.MaxDataLen) {
		u.send(&scripting.Upload{Data: part})
	}
	u.send(&scripting.Upload{})
}

// expect returns the next message, which must be of a type.
func expect[M scripting.Message](u scriptingUser) (m M) {
	u.t.Helper()
	received, err := u.Receive(u.t.Context())
	if err != nil {
		u.t.Fatalf("%v, want %T", err, m)
	}
	message, err := scripting.Parse(received.Data)
	if err != nil || received.PPID != scripting.PPID {
		u.t.Fatalf("%v, PPID %d", err, received.PPID)
	}
	m, ok := message.(M)
	if !ok {
		u.t.Fatalf("%T %+v, want %T", message, message, m)
	}
	return m
}

// result expects the exit status and the result of a package that has been uploaded.
func (u scriptingUser) result() (status uint32, result []byte) {
	u.t.Helper()
	if m := expect[*scripting.Status](u); m.Status != 0 {
		u.t.Errorf("first status %d", m.Status)
	}
	status = expect[*scripting.Status](u).Status
	for {
		part := expect[*scripting.Download](u)
		if len(part.Data) == 0 {
			return status, result
		}
		result = append(result, part.Data...)
	}
}

// pack returns a package with a script.
func pack(t *testing.T, lines string) []byte {
	t.Helper()
	content := "#!/bin/sh\n" + lines
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "ssrun", Mode: 0o600, Size: int64(len(content))})
	if err == nil {
		_, err = w.Write([]byte(content))
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestScripting runs packages. A package without a result ends, and a killed one is no success:
// faults 23 and 25 of docs/coming-from-rsplib.md.
func TestScripting(t *testing.T) {
	t.Parallel()
	s := scriptingService(t, nil)
	runService(t, s, func(t *testing.T, b *bench) {
		for lines, want := range map[string]struct {
			status uint32
			result string
		}{
			`printf %s result >"$1"`:                     {0, "result"},
			`head -c 100000 /dev/zero | tr '\0' x >"$1"`: {0, strings.Repeat("x", 100000)},
			`printf debug >"$1"; exit 3`:                 {3, "debug"},
			`exit 4`:                                     {4, ""},
			`exit 0`:                                     {1, ""},
			`kill -9 $$`:                                 {137, ""},
			`ln -s /etc/passwd "$1"`:                     {1, ""},
			`[ "$#" = 4 ] && [ -z "$2$3$4" ] && : >"$1"`: {0, ""},
		} {
			u := b.scriptingUser()
			expect[*scripting.Ready](u)
			u.upload(pack(t, lines))
			if status, result := u.result(); status != want.status || string(result) != want.result {
				t.Errorf("%s: status %d, %d octets, want %d, %d octets", lines, status, len(result), want.status, len(want.result))
			}
			b.expectDown(u, transport.CauseShutdown)
		}
		u := b.scriptingUser()
		expect[*scripting.Ready](u)
		u.upload(nil) // An empty package is an answer of its own (fault 26).
		if status, result := u.result(); status != 1 || len(result) != 0 {
			t.Errorf("empty package: status %d, %d octets", status, len(result))
		}
	})
}

// TestScriptingEnvironment has an environment uploaded once, and refused if its hash is another,
// which is fault 28 of docs/coming-from-rsplib.md.
func TestScriptingEnvironment(t *testing.T) {
	t.Parallel()
	runService(t, scriptingService(t, nil), func(t *testing.T, b *bench) {
		environment := bytes.Repeat([]byte("environment"), 5000)
		announce := func(u scriptingUser) bool {
			expect[*scripting.Ready](u)
			m := &scripting.Environment{Hash: sha1.Sum(environment)}
			u.send(m)
			u.upload(pack(t, `cat "$2" >"$1"`))
			answer := expect[*scripting.Environment](u)
			if answer.Hash != m.Hash {
				t.Error("the answer has another hash")
			}
			return answer.UploadNeeded
		}
		for i := range 3 {
			u := b.scriptingUser()
			needed := announce(u)
			if needed != (i < 2) {
				t.Errorf("round %d: upload needed: %v", i, needed)
			}
			if i == 0 {
				u.upload([]byte("another environment"))
				b.expectDown(u, transport.CauseAbortPeer)
				continue
			}
			if needed {
				u.upload(environment)
			}
			if status, result := u.result(); status != 0 || !bytes.Equal(result, environment) {
				t.Errorf("round %d: status %d, %d octets", i, status, len(result))
			}
		}
	})
}

// TestScriptingKeepAlives has keep-alives at every time, and acknowledgements of either size: faults
// 22 and 29 of docs/coming-from-rsplib.md.
func TestScriptingKeepAlives(t *testing.T) {
	t.Parallel()
	s := scriptingService(t, func(c *ScriptingConfig) { c.KeepAliveInterval = 50 * time.Millisecond })
	runService(t, s, func(t *testing.T, b *bench) {
		u := b.scriptingUser()
		expect[*scripting.Ready](u)
		ask := func() {
			u.send(&scripting.KeepAlive{}, &scripting.KeepAliveAck{})
			expect[*scripting.KeepAliveAck](u)
		}
		ask()
		archive := pack(t, `sleep 0.4; : >"$1"`)
		u.send(&scripting.Upload{Data: archive[:100]})
		ask()
		u.upload(archive[100:])
		expect[*scripting.Status](u)
		for _, ack := range []*scripting.KeepAliveAck{{}, {HasStatus: true}} {
			expect[*scripting.KeepAlive](u)
			u.send(ack)
		}
		for ended := false; !ended; {
			m, err := u.Receive(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			switch m, _ := scripting.Parse(m.Data); m := m.(type) {
			case *scripting.KeepAlive:
				u.send(&scripting.KeepAliveAck{})
			case *scripting.Status:
				ended = m.Status == 0
			}
		}
		expect[*scripting.Download](u)
	})
}

// TestScriptingSilence ends the package of a user that does not acknowledge keep-alives.
func TestScriptingSilence(t *testing.T) {
	t.Parallel()
	s := scriptingService(t, func(c *ScriptingConfig) {
		c.KeepAliveInterval, c.KeepAliveTimeout = 50*time.Millisecond, 50*time.Millisecond
	})
	runService(t, s, func(t *testing.T, b *bench) {
		u := b.scriptingUser()
		expect[*scripting.Ready](u)
		u.upload(pack(t, "sleep 600"))
		b.expectDown(u, transport.CauseAbortPeer)
		u = b.scriptingUser() // This one leaves.
		expect[*scripting.Ready](u)
		u.upload(pack(t, "sleep 600"))
		expect[*scripting.Status](u)
		u.Abort("gone")
	})
}

// TestScriptingFull has an element without room say so.
func TestScriptingFull(t *testing.T) {
	t.Parallel()
	testService(t, scriptingService(t, nil), func(t *testing.T, b *bench) {
		for range 2 {
			expect[*scripting.Ready](b.scriptingUser())
		}
		u := b.scriptingUser()
		if m := expect[*scripting.NotReady](u); m.Reason != scripting.ReasonFullyLoaded {
			t.Errorf("reason %v", m.Reason)
		}
		b.expectDown(u, transport.CauseShutdown)
	})
}

// TestScriptingUploads has users that stop in the middle, send forever, or send something else.
func TestScriptingUploads(t *testing.T) {
	t.Parallel()
	part := &scripting.Upload{Data: make([]byte, scripting.MaxDataLen)}
	for name, c := range map[string]struct {
		send func(scriptingUser)
		want string // in the text of the service
	}{
		"stop": {func(u scriptingUser) { u.send(part) }, "too slow"},
		"keep-alives only": {func(u scriptingUser) {
			for range 4 {
				time.Sleep(10 * time.Second)
				_ = u.Send(u.t.Context(), transport.Message{PPID: scripting.PPID, Data: []byte{byte(scripting.TypeKeepAlive), 0, 0, 4}})
			}
		}, "too slow"},
		"slow": {func(u scriptingUser) {
			for range 10 {
				time.Sleep(10 * time.Second)
				_ = u.Send(u.t.Context(), transport.Message{PPID: scripting.PPID, Data: []byte{byte(scripting.TypeUpload), 0, 0, 5, 0}})
			}
		}, work.ErrTime.Error()},
		"too much": {func(u scriptingUser) {
			data, _ := part.AppendBinary(nil)
			for range 65 {
				if u.Send(u.t.Context(), transport.Message{PPID: scripting.PPID, Data: data}) != nil {
					return
				}
			}
		}, work.ErrDisk.Error()},
		"two environments":    {func(u scriptingUser) { u.send(&scripting.Environment{}, &scripting.Environment{}) }, "two environments"},
		"status":              {func(u scriptingUser) { u.send(&scripting.Status{}) }, "SSP_STATUS from a pool user"},
		"length 0 (fault 26)": {func(u scriptingUser) { _ = u.Send(u.t.Context(), transport.Message{Data: []byte{2, 0, 0, 0}}) }, "length"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testService(t, scriptingService(t, nil), func(t *testing.T, b *bench) {
				u := b.scriptingUser()
				expect[*scripting.Ready](u)
				c.send(u)
				b.expectDown(u, transport.CauseAbortPeer)
				synctest.Wait()
				if !strings.Contains(b.out.String(), c.want) {
					t.Errorf("printed:\n%s", b.out.String())
				}
			})
		})
	}
}

// TestScriptingUnread has a user that never reads its result.
func TestScriptingUnread(t *testing.T) {
	t.Parallel()
	s := scriptingService(t, func(c *ScriptingConfig) { c.TransmitTimeout = 200 * time.Millisecond })
	runService(t, s, func(t *testing.T, b *bench) {
		u := b.scriptingUser()
		expect[*scripting.Ready](u)
		u.upload(pack(t, `head -c 1000000 /dev/zero >"$1"`))
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		for !strings.Contains(b.out.String(), "ends: "+errSlowUser.Error()) && ctx.Err() == nil {
			time.Sleep(10 * time.Millisecond)
		}
		if ctx.Err() != nil {
			t.Errorf("printed:\n%s", b.out.String())
		}
	})
}

// TestScriptingOutput prints the output of a package in lines of bounded length, without control
// characters.
func TestScriptingOutput(t *testing.T) {
	t.Parallel()
	s := scriptingService(t, func(c *ScriptingConfig) { c.Verbose = true })
	runService(t, s, func(t *testing.T, b *bench) {
		u := b.scriptingUser()
		expect[*scripting.Ready](u)
		u.upload(pack(t, `printf 'a\033[2Jb\nsecond\n'; head -c 1000 /dev/zero | tr '\0' x; yes | head -n 3000; : >"$1"`))
		u.result()
		out := b.out.String()
		if !strings.Contains(out, "output: a.[2Jb\n") || !strings.Contains(out, "output: second\n") || strings.Contains(out, strings.Repeat("x", maxLine+2)) {
			t.Errorf("printed:\n%.2000s", out)
		}
		if n := strings.Count(out, "output: "); n != maxOutput {
			t.Errorf("%d lines, want %d", n, maxOutput)
		}
	})
}

// TestScriptingSignatures runs packages only with the signature of a key. It has no parallel tests
// beside it, since GnuPG must not be taken for an orphan of their packages.
func TestScriptingSignatures(t *testing.T) { //nolint:paralleltest // See above.
	gpg, err := exec.LookPath("gpg")
	if err != nil {
		t.Skip("no gpg")
	}
	home := t.TempDir()
	run := func(in []byte, args ...string) []byte {
		cmd := exec.Command(gpg, append([]string{"--batch", "--homedir", home, "--passphrase", "", "--pinentry-mode", "loopback"}, args...)...)
		cmd.Stdin = bytes.NewReader(in)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("gpg %q: %v", args, err)
		}
		return out
	}
	run(nil, "--quick-generate-key", "tester", "default", "sign", "never")
	defer func() { _ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run() }()
	keyring := filepath.Join(home, "keys.gpg")
	if err := os.WriteFile(keyring, run(nil, "--export"), 0o600); err != nil {
		t.Fatal(err)
	}
	signatures, err := work.NewSignatures(keyring, filepath.Join(home, "trustdb.gpg"))
	if err != nil {
		t.Fatal(err)
	}
	good := run(pack(t, `test -s "$3" && test -s "$4" && : >"$1"`), "--sign")
	unsigned := run(pack(t, `: >"$1"`), "--store")
	damaged := run(pack(t, `: >"$1"`), "--compress-algo", "none", "--sign")
	damaged[len(damaged)-1] ^= 1 // The end of the signature, while that of compressed data may have no meaning.
	runService(t, scriptingService(t, func(c *ScriptingConfig) { c.Signatures = signatures }), func(t *testing.T, b *bench) {
		for name, c := range map[string]struct {
			archive []byte
			want    uint32
		}{"signed": {good, 0}, "plain": {pack(t, `: >"$1"`), 1}, "unsigned": {unsigned, 1}, "damaged": {damaged, 1}, "unsigned first": {append(bytes.Clone(unsigned), good...), 1}} {
			u := b.scriptingUser()
			expect[*scripting.Ready](u)
			u.upload(c.archive)
			if status, _ := u.result(); status != c.want {
				t.Errorf("%s: status %d, want %d; printed:\n%s", name, status, c.want, b.out.String())
			}
		}
		u := b.scriptingUser()
		expect[*scripting.Ready](u)
		u.send(&scripting.Environment{Hash: sha1.Sum(unsigned)})
		u.upload(good)
		expect[*scripting.Environment](u)
		u.upload(unsigned)
		b.expectDown(u, transport.CauseAbortPeer)
	})
	for _, files := range [][2]string{{keyring, ""}, {"", keyring}, {filepath.Join(home, "missing"), keyring}} {
		if _, err := work.NewSignatures(files[0], files[1]); err == nil {
			t.Errorf("%q were taken", files)
		}
	}
}
