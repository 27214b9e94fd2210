package stage

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

const memoryController = "/sys/fs/cgroup/memory" // of cgroup v1

// A MemoryGroup is a cgroup that limits the memory of its processes.
type MemoryGroup struct{ dir string }

// NewMemoryGroup makes a group with a limit in octets. It returns nil on hosts without cgroups of version 1. The caller
// closes the group after its processes.
func NewMemoryGroup(limit int64) (*MemoryGroup, error) {
	if _, err := os.Stat(filepath.Join(memoryController, "memory.limit_in_bytes")); err != nil {
		return nil, nil
	}
	g := &MemoryGroup{filepath.Join(memoryController, fmt.Sprintf("attack%d", os.Getpid()))}
	if err := os.Mkdir(g.dir, 0o755); err != nil {
		return nil, err
	}
	err := os.WriteFile(filepath.Join(g.dir, "memory.limit_in_bytes"), []byte(strconv.FormatInt(limit, 10)), 0o644)
	if err != nil {
		return nil, errors.Join(err, g.Close())
	}
	return g, nil
}

// Close removes the group.
func (g *MemoryGroup) Close() error { return os.Remove(g.dir) }

// procs returns the file that takes the processes of the group.
func (g *MemoryGroup) procs() string { return filepath.Join(g.dir, "cgroup.procs") }
