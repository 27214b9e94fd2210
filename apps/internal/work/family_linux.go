package work

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// family holds the programs of packages that run. Processes that leave the session of their program
// become children of the server when their parents end, and are found by that.
var family = &programs{folders: make(map[int]string)}

type programs struct {
	mu      sync.Mutex
	folders map[int]string // by process
}

// start starts a program. The family knows it before a sweep can take it for an orphan.
func (p *programs) start(cmd *exec.Cmd, folder string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := cmd.Start(); err != nil {
		return err
	}
	p.folders[cmd.Process.Pid] = folder
	return nil
}

// remove removes a program that has been waited for.
func (p *programs) remove(pid int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.folders, pid)
}

// end kills all processes of the session of a program, until there is none but zombies.
func (p *programs) end(pid int, folder string) {
	for range sweeps {
		_ = unix.Kill(-pid, unix.SIGKILL)
		found := false
		for _, s := range processes() {
			if s.session == pid && s.state != 'Z' {
				found = true
				_ = unix.Kill(s.pid, unix.SIGKILL)
			}
		}
		if !found {
			break
		}
		time.Sleep(sweepPause)
	}
}

// A sweep kills orphans; their children are the orphans of the next sweep.
const (
	sweeps     = 200
	sweepPause = 5 * time.Millisecond
)

// sweep kills and buries the orphans of a program that has ended. Orphans of programs that still run
// stay: the folder in their environment says whose they are, unless they have hidden it.
func (p *programs) sweep(ended string) {
	for range sweeps {
		if !p.killOrphans(ended) {
			return
		}
		time.Sleep(sweepPause)
	}
}

func (p *programs) killOrphans(ended string) (found bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	running := make(map[string]bool)
	for _, folder := range p.folders {
		running[folder] = folder != ended
	}
	for _, s := range processes() {
		if _, isProgram := p.folders[s.pid]; isProgram || s.parent != os.Getpid() {
			continue
		}
		if folder := folderOf(s.pid); folder != "" && running[folder] && s.state != 'Z' {
			continue
		}
		found = true
		_ = unix.Kill(s.pid, unix.SIGKILL)
		_, _ = unix.Wait4(s.pid, nil, unix.WNOHANG, nil)
	}
	return found
}

// folderOf returns the folder in the environment of a process.
func folderOf(pid int) string {
	env, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	for v := range bytes.SplitSeq(env, []byte{0}) {
		if folder, ok := bytes.CutPrefix(v, []byte("TMPDIR=")); ok {
			return string(folder)
		}
	}
	return ""
}

// process is a row of the process table.
type process struct {
	pid, parent, session int
	state                byte
}

// processes returns the process table.
func processes() (all []process) {
	proc, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer proc.Close() //nolint:errcheck // It is only read.
	names, _ := proc.Readdirnames(-1)
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		stat, _ := os.ReadFile("/proc/" + name + "/stat")
		_, rest, _ := strings.Cut(string(stat[bytes.LastIndexByte(stat, ')')+1:]), " ")
		fields := strings.Fields(rest) // state, parent, group, session
		if len(fields) < 4 {
			continue
		}
		parent, _ := strconv.Atoi(fields[1])
		session, _ := strconv.Atoi(fields[3])
		all = append(all, process{pid, parent, session, fields[0][0]})
	}
	return all
}
