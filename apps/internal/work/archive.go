package work

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// errName is the error of a name that leads out of the folder.
var errName = errors.New("name leads out of the package")

// unpack unpacks a tar archive, plain or compressed by gzip or bzip2. It stops with [ErrDisk] when
// the content exceeds a number of octets, or has too many entries.
func unpack(root *os.Root, r io.Reader, limit int64) error {
	plain, err := decompress(r)
	if err != nil {
		return err
	}
	// Headers and padding count, so that an archive of empty entries ends as well.
	const overhead = maxEntries * 4 * 512
	archive := tar.NewReader(&bounded{plain, limit + overhead})
	for n := 0; ; n++ {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("archive: %w", err)
		}
		if n == maxEntries {
			return fmt.Errorf("more than %d files: %w", maxEntries, ErrDisk)
		}
		if limit -= max(h.Size, 0); limit < 0 {
			return ErrDisk
		}
		if err := unpackEntry(root, h, archive); err != nil {
			return fmt.Errorf("file %q: %w", h.Name, err)
		}
	}
}

// decompress finds the compression by the first octets.
func decompress(r io.Reader) (io.Reader, error) {
	b := bufio.NewReader(r)
	magic, _ := b.Peek(3) // A shorter file is no archive, as the caller finds.
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		return gzip.NewReader(b)
	case bytes.HasPrefix(magic, []byte("BZh")):
		return bzip2.NewReader(b), nil
	}
	return b, nil
}

// unpackEntry makes a file, a folder or a link. A later entry replaces a former one, but never
// writes through a link.
func unpackEntry(root *os.Root, h *tar.Header, content io.Reader) error {
	name := path.Clean(h.Name)
	if !filepath.IsLocal(name) {
		return errName
	}
	mode := fs.FileMode(h.Mode) & 0o755
	if h.Typeflag == tar.TypeDir {
		return root.MkdirAll(name, mode|0o700)
	}
	if name == "." {
		return errName
	}
	if err := root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return err
	}
	if err := root.RemoveAll(name); err != nil {
		return err
	}
	switch h.Typeflag {
	case tar.TypeReg:
		return writeFile(root, name, mode|0o600, content)
	case tar.TypeSymlink:
		if path.IsAbs(h.Linkname) || !filepath.IsLocal(path.Join(path.Dir(name), h.Linkname)) {
			return errName
		}
		return root.Symlink(h.Linkname, name)
	case tar.TypeLink:
		return root.Link(path.Clean(h.Linkname), name)
	}
	return fmt.Errorf("type %q is not allowed", h.Typeflag)
}

func writeFile(root *os.Root, name string, mode fs.FileMode, content io.Reader) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	return errors.Join(err, f.Close())
}

// bounded is a reader that fails with [ErrDisk] after a number of octets.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, ErrDisk
	}
	return n, err
}
