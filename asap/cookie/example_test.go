package cookie_test

import (
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/rserpool-go/rserpool/asap/cookie"
)

// tally is the state of a session: the number of its requests so far.
type tally struct {
	Requests int `json:"requests"`
}

// server is an element of a pool that counts the requests of each session.
type server struct {
	name  string
	codec *cookie.Codec[tally]
}

// newServer starts an element. All elements of the pool have the same key.
func newServer(name, keyText string) *server {
	key, err := cookie.ParseKey(keyText)
	if err != nil {
		log.Fatal(err)
	}
	codec, err := cookie.New[tally](cookie.Config{Key: key, Context: "TallyPool", MaxAge: time.Hour})
	if err != nil {
		log.Fatal(err)
	}
	return &server{name: name, codec: codec}
}

// serve answers some requests of a session, which continues from the cookie of another server if
// there is a cookie. It returns the newest cookie.
func (s *server) serve(echo []byte, requests int) []byte {
	var state tally
	if echo != nil {
		var err error
		if state, err = s.codec.Open(echo); err != nil {
			fmt.Printf("%s: session starts from zero: %v\n", s.name, err)
		}
	}
	var newest []byte
	for range requests {
		state.Requests++
		fmt.Printf("%s: request %d\n", s.name, state.Requests)
		sealed, err := s.codec.Seal(state)
		if err != nil {
			log.Fatal(err)
		}
		newest = sealed // A real server sends it to the user, by asap.ServerSession.SendCookie.
	}
	return newest
}

// A session of three requests moves to a second server after two of them, and its count goes on.
func Example() {
	keyText := cookie.NewKey().Hex() // A real server reads it from a file.
	first, second := newServer("first", keyText), newServer("second", keyText)

	newest := first.serve(nil, 2)
	// The first server dies. The user echoes the newest cookie to the second server.
	second.serve(newest, 1)

	newest[20] ^= 1 // A user forges a cookie.
	second.serve(newest, 1)
	// Output:
	// first: request 1
	// first: request 2
	// second: request 3
	// second: session starts from zero: cookie is forged or damaged
	// second: request 1
}

// A newer program has another form of the state, and continues sessions of the older program.
func ExampleConfig_convert() {
	key := cookie.NewKey()
	older, err := cookie.New[int](cookie.Config{Key: key, Context: "TallyPool", Version: 1})
	if err != nil {
		log.Fatal(err)
	}
	newer, err := cookie.New[tally](cookie.Config{
		Key: key, Context: "TallyPool", Version: 2,
		Convert: func(version uint16, state []byte) ([]byte, error) {
			if version != 1 {
				return nil, errors.New("unknown version")
			}
			return fmt.Appendf(nil, `{"requests":%s}`, state), nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}

	sealed, err := older.Seal(2)
	if err != nil {
		log.Fatal(err)
	}
	state, err := newer.Open(sealed)
	fmt.Println(state.Requests, err)
	// Output: 2 <nil>
}
