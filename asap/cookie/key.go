package cookie

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// keyLen is the length of all keys, in octets.
const keyLen = 32

// A Key is a secret that all elements of a pool share: 32 octets, at random. The zero Key is no
// key, and [New] refuses it. Keys cannot be compared by ==, and package fmt does not print them.
type Key struct{ octets secret }

// A secret returns octets that package fmt must not print, even in unexported fields, where fmt
// does not call String. Functions are printed as addresses.
type secret func() []byte

// newSecret returns a secret with the octets.
func newSecret(octets []byte) secret {
	return func() []byte { return octets }
}

// NewKey returns a new random key.
func NewKey() Key {
	octets := make([]byte, keyLen)
	_, _ = rand.Read(octets) // Never fails.
	return Key{octets: newSecret(octets)}
}

// ParseKey reads a key of 32 octets in hexadecimal, or in base64 with either alphabet and with or
// without padding. Space around the key is ignored. A passphrase is no key. Errors do not contain
// the text.
func ParseKey(text string) (Key, error) {
	text = strings.TrimSpace(text)
	octets, err := decodeKey(text)
	if err != nil || len(octets) != keyLen {
		return Key{}, fmt.Errorf("key of %d characters: want %d octets in hexadecimal or base64", len(text), keyLen)
	}
	if [keyLen]byte(octets) == [keyLen]byte{} {
		return Key{}, errors.New("key consists of zeros")
	}
	return Key{octets: newSecret(octets)}, nil
}

// decodeKey decodes the text of a key, in the notation that has its length.
func decodeKey(text string) ([]byte, error) {
	if len(text) == hex.EncodedLen(keyLen) {
		return hex.DecodeString(text)
	}
	alphabet := base64.RawStdEncoding
	if strings.ContainsAny(text, "-_") {
		alphabet = base64.RawURLEncoding
	}
	return alphabet.Strict().DecodeString(strings.TrimSuffix(text, "="))
}

// Hex returns the secret octets in hexadecimal, for [ParseKey].
func (k Key) Hex() string {
	if k.isZero() {
		return ""
	}
	return hex.EncodeToString(k.octets())
}

// String returns a text without the secret.
func (k Key) String() string {
	if k.isZero() {
		return "Key(none)"
	}
	return "Key(secret)"
}

// isZero reports whether k is the zero Key.
func (k Key) isZero() bool { return k.octets == nil }
