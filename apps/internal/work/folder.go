package work

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Names of RSPLIB's conventions in a folder.
const (
	program     = "ssrun"
	output      = "output.data"
	environment = "environment.data"
)

// A Folder is the working directory of a package, with mode 0700.
type Folder struct {
	Path string
	root *os.Root
	user *User
}

// NewFolder makes an empty folder in the folder for temporary files. The user becomes its owner when
// a package is unpacked; nil: the server's user.
func NewFolder(user *User) (*Folder, error) {
	dir, err := os.MkdirTemp("", "rspSS-Session-*")
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, errors.Join(err, os.Remove(dir))
	}
	return &Folder{Path: dir, root: root, user: user}, nil
}

// Unpack fills the folder with a package, and with its environment unless that is nil. No other
// process has access to the folder until all is in place.
func (f *Folder) Unpack(archive, env io.Reader, limits Limits) error {
	if err := unpack(f.root, archive, limits.Disk); err != nil {
		return err
	}
	if env != nil {
		if err := f.root.RemoveAll(environment); err != nil {
			return err
		}
		if err := writeFile(f.root, environment, 0o600, env); err != nil {
			return err
		}
	}
	info, err := f.root.Lstat(program)
	if err != nil {
		return fmt.Errorf("package without %s: %w", program, err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file", program)
	}
	if err := f.root.RemoveAll(output); err != nil {
		return err
	}
	if err := f.root.Chmod(program, 0o700); err != nil {
		return err
	}
	if f.user == nil {
		return nil
	}
	return fs.WalkDir(f.root.FS(), ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return f.root.Lchown(name, int(f.user.UID), int(f.user.GID))
	})
}

// Output opens the result. It refuses anything that the program may have put in its place to have
// the server read another file: links, pipes, and files of other users.
func (f *Folder) Output() (*os.File, error) {
	named, err := f.root.Lstat(output)
	if err != nil {
		return nil, err
	}
	file, err := f.root.OpenFile(output, os.O_RDONLY|outputFlags, 0)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	switch {
	case err != nil:
	case !os.SameFile(named, info):
		err = fmt.Errorf("%s is a link", output)
	default:
		err = checkOutput(info, f.user)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// usage returns the octets of all files. A folder with too many files is beyond every limit.
func (f *Folder) usage() (octets int64, err error) {
	entries := 0
	err = fs.WalkDir(f.root.FS(), ".", func(_ string, d fs.DirEntry, err error) error {
		if entries++; entries > 2*maxEntries {
			return ErrDisk
		}
		if err != nil {
			return nil //nolint:nilerr // The program removes files and closes folders meanwhile.
		}
		if info, err := d.Info(); err == nil {
			octets += onDisk(info)
		}
		return nil
	})
	return octets, err
}

// NewFile makes a file without a name, which goes with its last descriptor.
func NewFile() (*os.File, error) {
	f, err := os.CreateTemp("", "rspSS-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Close removes the folder, or leaves it on the disk for a look.
func (f *Folder) Close(keep bool) error {
	if keep {
		return f.root.Close()
	}
	// A program may have closed its folders to their owner.
	_ = filepath.WalkDir(f.Path, func(name string, d fs.DirEntry, _ error) error {
		if relative, err := filepath.Rel(f.Path, name); err == nil && d != nil && d.IsDir() {
			_ = f.root.Chmod(relative, 0o700)
		}
		return nil
	})
	return errors.Join(os.RemoveAll(f.Path), f.root.Close())
}
