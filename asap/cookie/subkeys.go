package cookie

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
)

// The first octet of a cookie.
const (
	formEncrypted = 1
	formSigned    = 2
)

// Neither label is a prefix of the other label, so no two pairs of label and context are equal.
const (
	labelEncrypt = "rserpool cookie 1 encrypt\x00"
	labelSign    = "rserpool cookie 1 sign\x00"
)

// Lengths in octets.
const (
	formLen  = 1
	saltLen  = 16
	nonceLen = 12
	tagLen   = 16

	encryptionOverhead = formLen + saltLen + nonceLen + tagLen
	signatureOverhead  = formLen + sha256.Size
)

// subkeys are the keys that a [Key] yields for a context.
type subkeys struct {
	encryption secret // Yields the AES key of each cookie.
	signature  secret // The key of the HMAC.
}

// deriveSubkeys derives the keys for a context.
func deriveSubkeys(key Key, context string) *subkeys {
	derive := func(label string) secret {
		return newSecret(must(hkdf.Key(sha256.New, key.octets(), nil, label+context, keyLen)))
	}
	return &subkeys{encryption: derive(labelEncrypt), signature: derive(labelSign)}
}

// encrypt returns an encrypted cookie.
func (k *subkeys) encrypt(body []byte) []byte {
	b := make([]byte, formLen+saltLen, len(body)+encryptionOverhead)
	b[0] = formEncrypted
	_, _ = rand.Read(b[formLen:]) // Never fails.
	return k.newAEAD(b[formLen:]).Seal(b, nil, body, b[:formLen])
}

// decrypt returns the body of an encrypted cookie.
func (k *subkeys) decrypt(cookie []byte) (body []byte, isAuthentic bool) {
	if len(cookie) < encryptionOverhead {
		return nil, false
	}
	salt, sealed := cookie[formLen:formLen+saltLen], cookie[formLen+saltLen:]
	body, err := k.newAEAD(salt).Open(nil, nil, sealed, cookie[:formLen])
	return body, err == nil
}

// newAEAD returns the AEAD of the cookie with the given salt. Random nonces alone would limit a
// key to 2^32 cookies. Salt and nonce together have 224 bits: with 2^80 cookies, the probability
// that any two of them share both is 2^-65. NewGCM would need a nonce from the caller, which the
// FIPS 140-only mode of Go refuses.
func (k *subkeys) newAEAD(salt []byte) cipher.AEAD {
	key := must(hkdf.Expand(sha256.New, k.encryption(), string(salt), keyLen))
	return must(cipher.NewGCMWithRandomNonce(must(aes.NewCipher(key))))
}

// sign returns a signed cookie.
func (k *subkeys) sign(body []byte) []byte {
	b := make([]byte, formLen, len(body)+signatureOverhead)
	b[0] = formSigned
	b = append(b, body...)
	return k.appendSignature(b, b)
}

// verify returns the body of a signed cookie, as a part of the cookie.
func (k *subkeys) verify(cookie []byte) (body []byte, isAuthentic bool) {
	if len(cookie) < signatureOverhead {
		return nil, false
	}
	end := len(cookie) - sha256.Size
	signature := k.appendSignature(nil, cookie[:end])
	return cookie[formLen:end], hmac.Equal(signature, cookie[end:])
}

// appendSignature appends the signature of content to b.
func (k *subkeys) appendSignature(b, content []byte) []byte {
	mac := hmac.New(sha256.New, k.signature())
	mac.Write(content)
	return mac.Sum(b)
}

// open returns the body of a cookie that was sealed with k. Unless the cookie is authentic, the
// body must not be used.
func (k *subkeys) open(cookie []byte) (body []byte, isAuthentic bool) {
	if len(cookie) == 0 {
		return nil, false
	}
	switch cookie[0] {
	case formEncrypted:
		return k.decrypt(cookie)
	case formSigned:
		return k.verify(cookie)
	}
	return nil, false
}

// must returns v. The functions of package crypto that subkeys calls fail only for keys of other
// lengths.
func must[V any](v V, err error) V {
	if err != nil {
		panic("BUG: cookie: " + err.Error())
	}
	return v
}
