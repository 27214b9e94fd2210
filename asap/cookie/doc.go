// Package cookie seals the state of a session into a state cookie, and opens the cookies of
// other servers (RFC 5352, 2.2.11, 2.2.12 and 3.8).
//
// A pool element sends the state of a session to its user as a cookie. After a failover the
// user echoes the newest cookie to the next element, and this element continues the session.
// Any host that reaches an element can send it a cookie. RFC 5352, 3.8: "Therefore, a cookie
// should be signed by the sending PE ASAP Endpoint and the cookie should be verified by the
// receiving PE's ASAP Endpoint."
//
// [New] makes a [Codec] for states of a single type. [Codec.Seal] encrypts a state, and
// [Codec.Open] returns the state of a cookie that an element with the same key has sealed.
// With [Config.SignOnly] users can read the state, but not change it.
//
// # Keys
//
// All elements of a pool share a [Key] (RFC 5355, 2.16). [NewKey] makes a key and [Key.Hex]
// writes it; so does "openssl rand -hex 32". [ParseKey] reads it from a file or from the
// environment. The number of cookies under a key has no practical limit, as each encrypted
// cookie has an AES key of its own.
//
// To replace a key without losing a session:
//
//  1. Restart the elements with the new key in [Config.Accept].
//  2. When all elements accept the new key, restart them with the new key in [Config.Key] and
//     the old key in [Config.Accept].
//  3. When [Config.MaxAge] has passed, restart them without the old key.
//
// After the leak of a key, drop it at once: its finder can read cookies and forge new cookies.
//
// # States
//
// If *T has AppendBinary or MarshalBinary of package encoding, and UnmarshalBinary, then these
// methods encode the state. Otherwise encoding/json encodes it. [Config.Version] is the version
// of this encoding. Change it with each incompatible change of T, and let [Config.Convert]
// translate older versions. While elements of both programs run, an old element meets new
// cookies as well, and fails with [ErrVersion].
//
// # Remaining attacks
//
// A cookie proves that an element of the pool sealed this state for this context, between now
// and MaxAge ago. It does not prove the following:
//
//   - The state is the newest. A user can replay an older cookie of the session within MaxAge,
//     and so go back in time. A state must not authorize an action that must happen only once,
//     such as a payment or the use of a voucher: keep a record of such actions on the servers.
//   - The session continues only once. A user can show the same cookie to many elements, and so
//     fork the session.
//   - The sender is the user of the session. A copy of a cookie works for everybody. If users
//     have identities, store the identity in the state, and compare it after Open. Without TLS
//     or DTLS, cookies can be read on their way.
//
// The length of a cookie reveals the length of the state, and the first octet reveals the form.
// Encryption hides the rest, including version and time.
//
// # Errors and cost of hostile cookies
//
// All cookies that do not verify fail with [ErrForged] itself. [ErrExpired] and [ErrVersion] are
// about authentic cookies only, and so are all other errors of Open. Nothing in a cookie is
// interpreted before it verifies. A forged cookie costs a pass of AES-GCM or HMAC over its octets
// for each key, and memory for a copy.
//
// # Form
//
// A cookie is longer than its state by 55 octets if encrypted, and by 43 octets if signed.
// Numbers are big-endian:
//
//	encrypted:  1 | salt (16) | nonce (12) | AES-256-GCM(body) | tag (16)
//	signed:     2 | body | HMAC-SHA-256 (32)
//	body:       version (2) | milliseconds since 1970 (8) | state
//
// The first octet is authentic as well: as additional data of GCM, and as input of the HMAC. The
// two keys come from the shared key by HKDF-SHA-256 without salt, with these texts as info:
//
//	"rserpool cookie 1 encrypt" | 0 | context
//	"rserpool cookie 1 sign" | 0 | context
//
// The AES key of a cookie is HKDF-Expand of the former key, with the cookie's salt as info.
package cookie
