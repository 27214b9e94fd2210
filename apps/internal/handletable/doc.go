// Package handletable reads the handlespace of a registrar by ENRP (RFC 5353).
//
// A registrar sends its handle table to peers only. So the [Client] presents itself as a registrar
// without elements, under a random identifier. It answers the registrar as long as it is connected:
//
//   - It confirms that it is alive.
//   - It has neither a handle table nor a list of peers to give, and says so. A new registrar
//     that picks it as mentor takes no empty handlespace from it.
//   - It objects to no takeover (RFC 5353, 3.5).
//
// It accepts no associations. When it is gone, the registrar forgets it. There is nothing to take
// over, since a registrar without elements leaves none.
//
// The memory for a table, and the time, are limited: neither an endless table nor a silent registrar
// holds the client up.
package handletable
