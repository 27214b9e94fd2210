package envcache

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func put(t *testing.T, c *Cache, content string) Hash {
	t.Helper()
	h := Hash(sha1.Sum([]byte(content)))
	if err := c.Put(h, bytes.NewReader([]byte(content)), int64(len(content))); err != nil {
		t.Error(err)
	}
	return h
}

func TestCache(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache")
	c, err := Open(dir, 10, 2)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, mode %v", err, info.Mode())
	}
	has := func(h Hash) bool { return c.Get(h, &bytes.Buffer{}) }
	a, b := put(t, c, "aaaa"), put(t, c, "bbbb")
	if !has(a) || !has(b) || !has(a) {
		t.Error("an environment is missing")
	}
	third := put(t, c, "c")
	if !has(a) || has(b) || !has(third) {
		t.Error("not the least recently used environment has left")
	}
	large := put(t, c, "0123456789x")
	if has(large) || !has(a) {
		t.Error("the environment larger than the cache is there, or others have left for it")
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}

	// The next cache loads the files, and finds the damaged one.
	name := func(h Hash) string { return filepath.Join(dir, hex.EncodeToString(h[:])+".data") }
	if err := os.WriteFile(name(third), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err = Open(dir, 10, 2); err != nil {
		t.Fatal(err)
	}
	if !has(a) || has(third) {
		t.Error("a good environment is missing, or a damaged one is there")
	}
	if _, err := os.Stat(name(third)); err == nil {
		t.Error("the damaged file is still there")
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// TestRace has goroutines use a cache that is too small for all of them.
func TestRace(t *testing.T) {
	t.Parallel()
	c, err := Open("", 100, 3)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 50 {
				content := string(bytes.Repeat([]byte{byte('a' + (i+j)%5)}, 30))
				var got bytes.Buffer
				if c.Get(put(t, c, content), &got) && got.String() != content {
					t.Errorf("got %q, want %q", got.String(), content)
				}
			}
		})
	}
	all.Wait()
	if c.size > 100 || c.order.Len() != len(c.entries) || len(c.entries) > 3 {
		t.Errorf("%d octets in %d environments", c.size, len(c.entries))
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(c.root.Name()); err == nil {
		t.Error("the temporary folder is still there")
	}
}
