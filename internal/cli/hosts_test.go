package cli

import (
	"slices"
	"strings"
	"testing"
)

func TestHosts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{"192.0.2.1:3863", "192.0.2.1:3863"},
		{"192.0.2.1!4000", "192.0.2.1:4000"},
		{"192.0.2.1", "192.0.2.1:7"},
		{"192.0.2.1:0", "192.0.2.1:7"},
		{"2001:db8::1!3863", "[2001:db8::1]:3863"},
		{"[::ffff:192.0.2.1]:1", "192.0.2.1:1"},
		{"192.0.2.1:1,198.51.100.1,192.0.2.1:2", "192.0.2.1:1,198.51.100.1:1"},
		{"192.0.2.1,[2001:db8::1]:99", "192.0.2.1:7,[2001:db8::1]:7"},
		{"no-such-name.invalid", "no-such-name.invalid:7"},
		{"no-such-name.invalid!1,192.0.2.1", "no-such-name.invalid:1,192.0.2.1:1"},
		{"dns:no-such-name.invalid:1", "dns:no-such-name.invalid:1"},
	} {
		h := Hosts{port: 99} // A former value is replaced.
		if err := h.UnmarshalText([]byte(test.text)); err != nil {
			t.Errorf("%q: %v", test.text, err)
		} else if got := h.WithPort(7); got != test.want {
			t.Errorf("%q is %q, want %q", test.text, got, test.want)
		}
	}
}

func TestHostsErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                       `address "": "" is neither an IP address nor a host name`,
		"no such name":           "neither an IP address nor a host name",
		"http://registrar":       `port is not a number`,
		"192.0.2.256:1":          "neither",
		"registrar.example:http": `address "registrar.example:http": port is not a number`,
		"registrar.example:":     "port is not a number",
		"registrar.example,":     "neither",
		"[192.0.2.1]:1":          "brackets",
		"dns:3863":               "neither",
		"dns":                    "dns is a prefix",
	} {
		err := new(Hosts).UnmarshalText([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want an error with %q", text, err, want)
		}
	}
}

// FuzzHosts asserts that a list of addresses means the same as for [Addrs], and that the text of
// a list is taken again and stays the same.
func FuzzHosts(f *testing.F) {
	for _, s := range []string{
		"192.0.2.1:3863", "2001:db8::1!1", "[2001:db8::1]", "[fe80::1%eth0]:9,10.0.0.1", "a.example!5,b", "dns:a:1", "dns:dns", "dns", "1.2.3.4:", ":,!",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var first, second Hosts
		if err := first.UnmarshalText([]byte(s)); err != nil {
			return
		}
		text := first.WithPort(3863)
		if strings.Contains(s, "%") {
			return // A zone may have any character.
		}
		if err := second.UnmarshalText([]byte(text)); err != nil || second.WithPort(1) != text {
			t.Fatalf("%q is %q, which is %q, %v", s, text, second.WithPort(1), err)
		}
		if first.prefix != "" || slices.ContainsFunc(first.names, isHostName) {
			return // Names are not looked up here.
		}
		var addrs Addrs
		if err := addrs.UnmarshalText([]byte(s)); err != nil {
			t.Fatalf("%q is no list of addresses: %v", s, err)
		}
		var want []string
		for _, a := range addrs.WithPort(3863) {
			want = append(want, a.String())
		}
		if text != strings.Join(want, ",") {
			t.Fatalf("%q is %q, want %q", s, text, want)
		}
	})
}
