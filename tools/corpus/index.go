package corpus

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/fxamacker/cbor/v2"
)

// IndexFile is the file of the index, from the root of the repository.
const IndexFile = "tools/corpus/index.cbor"

// An Index tells the origin of each seed. Its form is CBOR (RFC 8949), a map with the keys version and seeds.
type Index struct {
	Version int     `cbor:"version"` // [IndexVersion]
	Seeds   []Entry `cbor:"seeds"`   // by target and name
}

// IndexVersion is the version of the form of an index.
const IndexVersion = 1

// An Entry describes a seed.
type Entry struct {
	_ struct{} `cbor:",toarray"`

	Target  string // folder and name, such as wire/asapmsg.FuzzParse
	Name    string // of the file in testdata/fuzz
	Origin  Origin
	Decodes string            // in words, as what the seed decodes
	Sum     [sha256.Size]byte // SHA-256 of the file
}

// Bounds of an index that is read.
const (
	maxIndexLen   = 1 << 20 // octets
	maxIndexSeeds = 1 << 14
)

// ErrIndex is the error of octets that are not an index.
var ErrIndex = errors.New("not an index of a corpus")

// AppendBinary appends the index in deterministic encoding (RFC 8949, 4.2.1).
func (x *Index) AppendBinary(b []byte) ([]byte, error) {
	mode, err := cbor.EncOptions{
		Sort: cbor.SortCoreDeterministic, IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden,
	}.EncMode()
	if err != nil {
		return nil, err
	}
	out, err := mode.Marshal(x)
	return append(b, out...), err
}

// ParseIndex reads an index of at most 1 MiB. Unknown and repeated keys, tags, and indefinite lengths are errors.
func ParseIndex(b []byte) (*Index, error) {
	if len(b) > maxIndexLen {
		return nil, fmt.Errorf("%w: %d octets, at most %d", ErrIndex, len(b), maxIndexLen)
	}
	mode, err := cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField, UTF8: cbor.UTF8RejectInvalid,
		MaxNestedLevels: 4, MaxArrayElements: maxIndexSeeds, MaxMapPairs: 16, // 4 and 16 are the least that the package allows
	}.DecMode()
	if err != nil {
		return nil, err
	}
	x := new(Index)
	if err := mode.Unmarshal(b, x); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIndex, err)
	}
	if x.Version != IndexVersion {
		return nil, fmt.Errorf("%w: version %d, not %d", ErrIndex, x.Version, IndexVersion)
	}
	return x, nil
}

// ReadIndex reads the index of the repository at root.
func ReadIndex(root string) (*Index, error) {
	b, err := os.ReadFile(filepath.Join(root, IndexFile))
	if err != nil {
		return nil, err
	}
	index, err := ParseIndex(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", IndexFile, err)
	}
	return index, nil
}

// write writes the index to the repository at root.
func (x *Index) write(root string) error {
	b, err := x.AppendBinary(nil)
	if err != nil {
		return err
	}
	name := filepath.Join(root, IndexFile)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil { //nolint:gosec // Everybody may read it.
		return err
	}
	return os.WriteFile(name, b, 0o644) //nolint:gosec // Everybody may read it.
}
