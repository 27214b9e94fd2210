// Package envcache keeps environments of the Scripting Service as files, by their SHA-1 hashes.
package envcache

import (
	"container/list"
	"crypto/sha1" //nolint:gosec // The protocol names environments by SHA-1.
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// A Hash is the SHA-1 hash of an environment.
type Hash = [sha1.Size]byte

// A Cache is a folder with environments. Its methods may be called by several goroutines.
type Cache struct {
	maxSize    int64
	maxEntries int
	temporary  bool
	root       *os.Root

	mu      sync.Mutex
	size    int64
	order   *list.List // of entries, the least recently used first
	entries map[Hash]*list.Element
}

type entry struct {
	hash Hash
	size int64
}

const suffix = ".data"

// Open opens a cache of at most maxSize octets and maxEntries environments. The folder is made with
// mode 0700 if needed, and its environments stay after Close. An empty name means a temporary
// folder.
func Open(dir string, maxSize int64, maxEntries int) (*Cache, error) {
	c := &Cache{maxSize: maxSize, maxEntries: maxEntries, order: list.New(), entries: make(map[Hash]*list.Element)}
	var err error
	if c.temporary = dir == ""; c.temporary {
		dir, err = os.MkdirTemp("", "rspSS-EnvironmentCache-*")
	} else {
		err = os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		return nil, err
	}
	if c.root, err = os.OpenRoot(dir); err != nil {
		return nil, err
	}
	if err := c.load(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// load takes the files that are there. Get checks their content.
func (c *Cache) load() error {
	files, err := os.ReadDir(c.root.Name())
	if err != nil {
		return err
	}
	for _, f := range files {
		name, isData := strings.CutSuffix(f.Name(), suffix)
		b, err := hex.DecodeString(name)
		info, statErr := f.Info()
		if !isData || err != nil || len(b) != sha1.Size || statErr != nil || !info.Mode().IsRegular() {
			continue
		}
		c.add(Hash(b), info.Size())
	}
	return nil
}

// Close removes a temporary folder.
func (c *Cache) Close() error {
	err := c.root.Close()
	if c.temporary {
		err = errors.Join(os.RemoveAll(c.root.Name()), err)
	}
	return err
}

// Get copies an environment to w, and reports whether it has the right content. A damaged
// environment is removed; w may hold a part of it.
func (c *Cache) Get(hash Hash, w io.Writer) bool {
	f := c.open(hash)
	if f == nil {
		return false
	}
	defer f.Close() //nolint:errcheck // It is only read.
	h := sha1.New() //nolint:gosec // See above.
	if _, err := io.Copy(io.MultiWriter(h, w), f); err == nil && Hash(h.Sum(nil)) == hash {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.entries[hash]; e != nil {
		c.drop(e)
	}
	return false
}

// open opens the file of an environment, which then is the most recently used. The file may be
// read to its end even if it is removed meanwhile.
func (c *Cache) open(hash Hash) *os.File {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[hash]
	if e == nil {
		return nil
	}
	f, err := c.root.Open(fileName(hash))
	if err != nil {
		c.drop(e)
		return nil
	}
	c.order.MoveToBack(e)
	return f
}

// Put keeps an environment of a hash that the caller has checked. An environment larger than the
// cache is not kept.
func (c *Cache) Put(hash Hash, r io.Reader, size int64) error {
	if size > c.maxSize {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.entries[hash]; e != nil {
		c.order.MoveToBack(e)
		return nil
	}
	for c.order.Len() > 0 && (c.size+size > c.maxSize || c.order.Len() >= c.maxEntries) {
		c.drop(c.order.Front())
	}
	const partial = "partial"
	f, err := c.root.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, io.LimitReader(r, size))
	if err = errors.Join(err, f.Close()); err == nil {
		err = c.root.Rename(partial, fileName(hash))
	}
	if err != nil {
		return errors.Join(err, c.root.Remove(partial))
	}
	c.add(hash, size)
	return nil
}

// add adds a file, and drops the least recently used ones beyond the limits.
func (c *Cache) add(hash Hash, size int64) {
	c.entries[hash] = c.order.PushBack(entry{hash, size})
	c.size += size
	for c.size > c.maxSize || c.order.Len() > c.maxEntries {
		c.drop(c.order.Front())
	}
}

func (c *Cache) drop(e *list.Element) {
	dropped := c.order.Remove(e).(entry)
	delete(c.entries, dropped.hash)
	c.size -= dropped.size
	_ = c.root.Remove(fileName(dropped.hash)) // A file that stays is replaced by the next Put.
}

func fileName(hash Hash) string { return filepath.Base(hex.EncodeToString(hash[:])) + suffix }
