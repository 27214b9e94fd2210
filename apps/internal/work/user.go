package work

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
)

// A User is the user that runs packages.
type User struct {
	Name     string
	UID, GID uint32

	setpriv string // the program that changes to the user
}

// command returns the command line that runs a program as the user. The program gets no further
// privileges, such as those of set-user-ID files. It keeps the limits that setpriv has when it starts:
// to set limits of another user's process needs a capability that root does not have in containers.
func (u *User) command(args []string) []string {
	return append([]string{
		u.setpriv, "--reuid", strconv.Itoa(int(u.UID)), "--regid", strconv.Itoa(int(u.GID)), "--clear-groups",
		"--inh-caps=-all", "--no-new-privs", "--pdeathsig", "keep", "--",
	}, args...)
}

// FindUser looks a user up. The server must be root, and the user must not.
func FindUser(name string) (*User, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	switch {
	case uid == 0:
		return nil, fmt.Errorf("user %s is root", name)
	case os.Geteuid() != 0:
		return nil, fmt.Errorf("user %s: only root can change to another user", name)
	}
	setpriv, err := exec.LookPath("setpriv")
	if err != nil {
		return nil, fmt.Errorf("user %s: %w", name, err)
	}
	return &User{Name: name, UID: uint32(uid), GID: uint32(gid), setpriv: setpriv}, nil
}
