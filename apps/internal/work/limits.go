package work

import (
	"errors"
	"time"
)

// Limits bound a work package. All must be positive.
type Limits struct {
	// Time is the time for the program. Its processor time has the same bound for each process.
	Time time.Duration
	// Grace is the time between SIGTERM and SIGKILL.
	Grace time.Duration
	// Disk bounds, in octets: each file that the program writes, all files of the folder together,
	// and the unpacked package.
	Disk int64
	// Memory bounds the address space of each process, in octets.
	Memory uint64
	// Processes bounds the processes of the user. It holds only for a user other than the server's.
	Processes uint64
	// Files bounds the open files of each process.
	Files uint64
}

// Errors of work that is beyond its limits.
var (
	ErrTime = errors.New("time limit exceeded")
	ErrDisk = errors.New("disk limit exceeded")
)

// maxEntries bounds the files of a package, and those that are counted in a folder.
const maxEntries = 10000
