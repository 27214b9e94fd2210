package cookie_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap/cookie"
)

// A vector is a cookie with all its ingredients, written by testdata/vectors.py.
type vector struct {
	Name         string `json:"name"`
	Key          octets `json:"key"`
	Salt         octets `json:"salt"`
	Nonce        octets `json:"nonce"`
	Context      string `json:"context"`
	Signed       bool   `json:"signed"`
	Version      uint16 `json:"version"`
	Milliseconds int64  `json:"milliseconds"`
	State        octets `json:"state"`
	Cookie       octets `json:"cookie"`
}

// octets are hexadecimal in JSON.
type octets []byte

func (o *octets) UnmarshalText(text []byte) (err error) {
	*o, err = hex.DecodeString(string(text))
	return err
}

func readVectors(tb testing.TB) []vector {
	tb.Helper()
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		tb.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(text, &vectors); err != nil {
		tb.Fatal(err)
	}
	if len(vectors) == 0 {
		tb.Fatal("no vectors")
	}
	return vectors
}

// config returns the configuration of an element that seals the vector.
func (v *vector) config(tb testing.TB) cookie.Config {
	tb.Helper()
	key, err := cookie.ParseKey(hex.EncodeToString(v.Key))
	if err != nil {
		tb.Fatal(err)
	}
	return cookie.Config{
		Key: key, Context: v.Context, SignOnly: v.Signed, Version: v.Version,
		Now: func() time.Time { return time.UnixMilli(v.Milliseconds) },
	}
}

// body returns the protected part of the cookie.
func (v *vector) body() []byte {
	b := binary.BigEndian.AppendUint16(nil, v.Version)
	b = binary.BigEndian.AppendUint64(b, uint64(v.Milliseconds))
	return append(b, v.State...)
}

// seal makes the cookie of a body by the package comment's section Form, with HMAC and AES alone.
func (v *vector) seal(body []byte) []byte {
	if v.Signed {
		content := append([]byte{2}, body...)
		return append(content, v.sum(v.subkey("rserpool cookie 1 sign"), content)...)
	}
	b := append([]byte{1}, v.Salt...)
	b = append(b, v.Nonce...)
	key := v.sum(v.subkey("rserpool cookie 1 encrypt"), append(bytes.Clone(v.Salt), 1))
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return gcm.Seal(b, v.Nonce, body, []byte{1})
}

// subkey is HKDF (RFC 5869) for 32 octets of output.
func (v *vector) subkey(label string) []byte {
	extracted := v.sum(make([]byte, 32), v.Key)
	return v.sum(extracted, []byte(label+"\x00"+v.Context+"\x01"))
}

func (*vector) sum(key, content []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(content)
	return mac.Sum(nil)
}

// The form of cookies never changes by accident: another implementation has made the vectors.
func TestVectors(t *testing.T) {
	for _, v := range readVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			if got := v.seal(v.body()); !bytes.Equal(got, v.Cookie) {
				t.Fatalf("twin of the package seals\n%x, want\n%x", got, v.Cookie)
			}
			codec := newCodec[blob](t, v.config(t))
			state, err := codec.Open(v.Cookie)
			if err != nil || !bytes.Equal(state.octets, v.State) {
				t.Errorf("Open: %x, %v, want %x", state.octets, err, v.State)
			}

			sealed, err := codec.Seal(blob{v.State})
			if err != nil {
				t.Fatal(err)
			}
			if !v.Signed {
				v.Salt, v.Nonce = sealed[1:17], sealed[17:29]
			}
			if want := v.seal(v.body()); !bytes.Equal(sealed, want) {
				t.Errorf("Seal:\n%x, want\n%x", sealed, want)
			}
		})
	}
}

// Each changed bit, each missing or added octet makes a cookie a forgery, and nothing but that.
func TestDamage(t *testing.T) {
	for _, v := range readVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			codec := newCodec[blob](t, v.config(t))
			refuse := func(damage string, at int, damaged []byte) {
				if state, err := codec.Open(damaged); err != cookie.ErrForged || state.octets != nil { //nolint:errorlint // bare
					t.Errorf("%s %d: %x, %v, want ErrForged itself", damage, at, state.octets, err)
				}
			}
			for bit := range 8 * len(v.Cookie) {
				damaged := bytes.Clone(v.Cookie)
				damaged[bit/8] ^= 1 << (bit % 8)
				refuse("flip of bit", bit, damaged)
			}
			for n := range v.Cookie {
				refuse("cut to length", n, v.Cookie[:n])
				refuse("cut of prefix", n+1, v.Cookie[n+1:])
			}
			for value := range 256 {
				refuse("octet appended", value, append(bytes.Clone(v.Cookie), byte(value)))
				refuse("octet prepended", value, append([]byte{byte(value)}, v.Cookie...))
			}
		})
	}
}

// A server with the key, but without this package, may seal anything.
func TestAuthenticBodies(t *testing.T) {
	for _, v := range readVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			codec := newCodec[blob](t, v.config(t))
			for n := range 10 {
				if _, err := codec.Open(v.seal(v.body()[:n])); err != cookie.ErrForged { //nolint:errorlint // bare
					t.Errorf("body of %d octets: %v, want ErrForged itself", n, err)
				}
			}
			if _, err := codec.Open(v.seal(v.body()[:10])); err != nil {
				t.Errorf("body without a state: %v", err)
			}
		})
	}
}
