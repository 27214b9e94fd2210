package cli

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestAddrs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{"192.0.2.1:3863", "192.0.2.1:3863"},
		{"192.0.2.1!3863", "192.0.2.1:3863"},
		{"192.0.2.1", "192.0.2.1"},
		{"192.0.2.1:0", "192.0.2.1"},
		{"192.0.2.1:65535", "192.0.2.1:65535"},
		{"[2001:db8::1]:3863", "[2001:db8::1]:3863"},
		{"[2001:db8::1]!3863", "[2001:db8::1]:3863"},
		{"2001:db8::1!3863", "[2001:db8::1]:3863"},
		{"[2001:db8::1]", "2001:db8::1"},
		{"2001:db8::1", "2001:db8::1"},
		{"2001:db8::1:3863", "2001:db8::1:3863"}, // No port: it cannot be told from the address.
		{"[::ffff:192.0.2.1]:1", "192.0.2.1:1"},
		{"[fe80::1%lo]:3863", "[fe80::1%lo]:3863"},
		{"fe80::1%lo!3863", "[fe80::1%lo]:3863"},
		{"192.0.2.1:3863,198.51.100.1", "192.0.2.1:3863, 198.51.100.1:3863"},
		{"192.0.2.1:3863,198.51.100.1:99", "192.0.2.1:3863, 198.51.100.1:3863"},
		{"192.0.2.1,[2001:db8::1]:99", "192.0.2.1, 2001:db8::1"},
		{"192.0.2.1:1,192.0.2.1", "192.0.2.1:1"},
	} {
		var a Addrs
		if err := a.UnmarshalText([]byte(test.text)); err != nil {
			t.Errorf("%q: %v", test.text, err)
		} else if a.String() != test.want {
			t.Errorf("%q is %v, want %v", test.text, a, test.want)
		}
	}
}

func TestAddrsErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{"", "neither an IP address nor a host name"},
		{":3863", "neither"},
		{"192.0.2.1:65536", "port is not a number"},
		{"192.0.2.1:-1", "port is not a number"},
		{"192.0.2.1:+1", "port is not a number"},
		{"192.0.2.1:", "port is not a number"},
		{"192.0.2.1!http", "port is not a number"},
		{"192.0.2.1:1:2", "neither"},
		{"192.0.2", "neither"},
		{"192.0.2.256:1", "neither"},
		{"2001:db8::12345", "neither"},
		{"[192.0.2.1]:1", "brackets"},
		{"[2001:db8::1:3863", "brackets"},
		{"2001:db8::1]:3863", "neither"},
		{"[2001:db8::1]3863", "brackets"},
		{"[]:1", "brackets"},
		{"192.0.2.1,", "neither"},
		{"192.0.2.1 :1", "neither"},
		{"a b", "neither"},
	} {
		var a Addrs
		err := a.UnmarshalText([]byte(test.text))
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "address ") {
			t.Errorf("%q: %v, want an error with %q", test.text, err, test.want)
		}
	}
}

func TestAddrsHostName(t *testing.T) {
	t.Parallel()
	var a Addrs
	if err := a.UnmarshalText([]byte("localhost:3863")); err != nil {
		t.Skip("this host does not know localhost: ", err)
	}
	if len(a) != 1 || !a[0].Addr().IsLoopback() || a[0].Port() != 3863 {
		t.Errorf("localhost:3863 is %v", a)
	}
}

func TestAddrsWithPort(t *testing.T) {
	t.Parallel()
	a := Addrs{netip.MustParseAddrPort("192.0.2.1:0"), netip.MustParseAddrPort("[2001:db8::1]:7")}
	want := []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:3863"), netip.MustParseAddrPort("[2001:db8::1]:7")}
	if got := a.WithPort(3863); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if a[0].Port() != 0 {
		t.Error("the addresses themselves have changed")
	}
}

func TestLocal(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text, want string
		port       uint16
		addrs      int
	}{
		{"auto", "all", 0, 0},
		{"0.0.0.0", "all", 0, 0},
		{"0.0.0.0:3863", "all, port 3863", 3863, 0},
		{"[::]:3863", "all, port 3863", 3863, 0},
		{"127.0.0.1:3863,[::]", "all, port 3863", 3863, 0},
		{"127.0.0.1", "127.0.0.1", 0, 1},
		{"127.0.0.1:7,[::1]", "127.0.0.1:7, [::1]:7", 7, 2},
	} {
		l := Local{}
		l.Port = 99 // A former value is replaced.
		if err := l.UnmarshalText([]byte(test.text)); err != nil {
			t.Errorf("%q: %v", test.text, err)
			continue
		}
		if l.Port != test.port || len(l.Addrs) != test.addrs || l.String() != test.want {
			t.Errorf("%q is %+v %v, want %+v", test.text, l.ListenConfig, l, test)
		}
	}
	for _, text := range []string{"", "Auto:1x", "239.0.0.50:3863", "[ff02::1]:1"} {
		if err := new(Local).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestGroup(t *testing.T) {
	t.Parallel()
	standard := netip.MustParseAddrPort("239.0.0.50:3863")
	for _, test := range []struct{ text, want string }{
		{"auto", "239.0.0.50:3863"},
		{"AUTO", "239.0.0.50:3863"},
		{"off", "invalid AddrPort"},
		{"Off", "invalid AddrPort"},
		{"none", "invalid AddrPort"},
		{"239.1.2.3", "239.1.2.3:3863"},
		{"239.1.2.3:0", "239.1.2.3:3863"},
		{"239.1.2.3!7", "239.1.2.3:7"},
		{"[ff05::50]:7", "[ff05::50]:7"},
	} {
		g := Group{Off: true}
		if err := g.UnmarshalText([]byte(test.text)); err != nil {
			t.Errorf("%q: %v", test.text, err)
		} else if got := g.Or(standard).String(); got != test.want {
			t.Errorf("%q is %v, want %v", test.text, got, test.want)
		} else if text := g.Text(standard); g.Off != (text == "no group") || !g.Off && text != test.want {
			t.Errorf("%q is in words %q", test.text, text)
		} else if c := g.Config(standard); c.Off != g.Off || c.Or(standard) != g.Or(standard) {
			t.Errorf("%q has the configuration %+v", test.text, c)
		}
	}
	for _, text := range []string{"", "on", "192.0.2.1:3863", "239.0.0.50:x"} {
		if err := new(Group).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

// FuzzAddrs asserts that a valid text has no second meaning: written with brackets and a port, it is
// the same list. Host names are left out, so that nothing is looked up.
func FuzzAddrs(f *testing.F) {
	for _, s := range []string{
		"192.0.2.1:3863", "2001:db8::1!1", "[2001:db8::1]", "[fe80::1%eth0]:9,10.0.0.1", "1.2.3.4:", "[]:1", ":,!", "::1:3863",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for part := range strings.SplitSeq(s, ",") {
			if host, _, err := splitPort(part); err == nil && isHostName(host) {
				return
			}
		}
		var first, second Addrs
		if err := first.UnmarshalText([]byte(s)); err != nil {
			return
		}
		if len(first) == 0 {
			t.Fatalf("%q is no address at all", s)
		}
		var b []string
		for _, a := range first {
			if !a.IsValid() || a.Port() != first[0].Port() || a.Addr().Is4In6() {
				t.Fatalf("%q gives %v", s, first)
			}
			if strings.ContainsAny(a.Addr().Zone(), ",!]:") {
				return // A zone that cannot be written.
			}
			b = append(b, a.String())
		}
		text := strings.Join(b, ",")
		if err := second.UnmarshalText([]byte(text)); err != nil {
			t.Fatalf("%q gives %v, but %q: %v", s, first, text, err)
		}
		if !slices.Equal(first, second) {
			t.Fatalf("%q gives %v, but %q gives %v", s, first, text, second)
		}
	})
}
