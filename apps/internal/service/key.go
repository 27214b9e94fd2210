package service

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"github.com/rserpool-go/rserpool/asap/cookie"
)

const (
	// maxKeyFile is the size of the largest key file, in octets.
	maxKeyFile = 64 << 10
	// othersAccess are the permissions that a key file must not give: everything for others, and
	// writing for the group.
	othersAccess fs.FileMode = 0o027
)

// ReadKeys reads the keys of a file. Each line has a key as of [cookie.ParseKey]. Empty lines and
// lines that begin with # are ignored. Errors do not contain keys.
func ReadKeys(name string) ([]cookie.Key, error) {
	keys, err := readKeys(name)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", name, err)
	}
	return keys, nil
}

func readKeys(name string) ([]cookie.Key, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, withoutPath(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, withoutPath(err)
	}
	// Windows has no such permissions.
	if mode := info.Mode().Perm(); mode&othersAccess != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("its mode %04o lets other users read or change it; use chmod 600", mode)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxKeyFile+1))
	if err != nil {
		return nil, withoutPath(err)
	}
	if len(text) > maxKeyFile {
		return nil, fmt.Errorf("longer than %d octets", maxKeyFile)
	}
	return parseKeys(text)
}

// parseKeys returns the keys in the text of a key file.
func parseKeys(text []byte) (keys []cookie.Key, err error) {
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, maxKeyFile+1)
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		key, err := cookie.ParseKey(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New(`no key in it; "openssl rand -hex 32" makes a key`)
	}
	return keys, lines.Err()
}

// withoutPath returns the cause of an error of the file system.
func withoutPath(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}
