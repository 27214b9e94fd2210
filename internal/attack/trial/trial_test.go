package trial

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/internal/attack"
	"github.com/rserpool-go/rserpool/internal/attack/stage"
)

// build builds packages of this repository into a folder.
func build(t *testing.T, dir string, packages ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"build", "-o", dir + "/"}, packages...)...)
	cmd.Dir = "../../.."
	cmd.Env = append(os.Environ(), "GOWORK=") // The workspace has all programs.
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
}

// TestRun carries out two short attacks on the programs. The figures of the good client are not judged, because the
// machine is not quiet.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the programs")
	}
	if out, err := exec.Command("unshare", "--net", "true").CombinedOutput(); err != nil {
		t.Skipf("network namespaces are not permitted: %s", out)
	}
	hosts, err := stage.NewHosts(t.Context())
	if errors.Is(err, stage.ErrNotRoot) || errors.Is(err, exec.ErrNotFound) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := hosts.Close(); err != nil {
			t.Error(err)
		}
	})
	config := Config{Hosts: hosts, Programs: filepath.Join(t.TempDir(), "programs"), Tools: filepath.Join(t.TempDir(), "tools"), Dir: t.TempDir()}
	build(t, config.Programs, "./registrar/cmd/rspregistrar", "./apps/cmd/rspserver")
	build(t, config.Tools, "./internal/attack/cmd/attack", "./internal/attack/cmd/goodclient")
	for _, name := range []string{"cookie-flood", "large-cookies"} {
		a, ok := attack.Find(name)
		if !ok {
			t.Fatalf("no attack is called %s", name)
		}
		a.Dose.Duration, a.After = time.Second, time.Millisecond
		r, err := Run(t.Context(), config, a)
		if err != nil {
			t.Fatal(err)
		}
		if r.Attack != name || r.Sent == 0 || r.Seconds > 5 || r.Client.Questions == 0 || !r.Lives || r.MemoryBefore == 0 || r.MemoryMost < r.MemoryBefore || r.MemoryAfter == 0 {
			t.Errorf("%+v", r)
		}
		log, err := os.ReadFile(filepath.Join(config.Dir, name, "registrar.log"))
		if err != nil || !strings.Contains(string(log), "element registered") {
			t.Errorf("log of the registrar: %v\n%s", err, log)
		}
	}
	config.Tools = t.TempDir()
	if _, err := Run(t.Context(), config, attack.Table()[0]); err == nil {
		t.Error("an attack without tools is no error")
	}
}
