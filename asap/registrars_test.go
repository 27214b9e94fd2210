package asap

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// fixedResolver resolves each name to the same addresses.
type fixedResolver []netip.Addr

func (r fixedResolver) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return r, nil
}

// FuzzRegistrars asserts that the addresses of a valid entry, as text, are the same entry, and that an
// entry with names has the addresses to which they resolve.
func FuzzRegistrars(f *testing.F) {
	for _, text := range []string{
		"192.0.2.1:3863", "192.0.2.1", "[2001:db8::1]:9,10.0.0.1", "2001:db8::1", "fe80::1%eth0", "pr.example.org",
		"pr.example.org:3863, 10.0.0.1", "dns:pr.example.org", "dns:a:1,b", "dns:dns", "a,", "::ffff:10.0.0.1", ":1",
	} {
		f.Add(text)
	}
	resolver := fixedResolver{netip.MustParseAddr("198.51.100.1"), netip.MustParseAddr("::ffff:198.51.100.2")}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := parseRegistrars([]string{text}, resolver)
		if err != nil {
			return
		}
		if r.hasNames() {
			if err := r.lookUp(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		known := r.known()
		if len(known) == 0 {
			t.Fatalf("%q has no address", text)
		}
		var entries []string
		for _, addrs := range known {
			var parts []string
			for _, a := range addrs {
				if !a.IsValid() || a.Port() == 0 || a.Addr().Is4In6() || a.Port() != addrs[0].Port() {
					t.Fatalf("%q: %v", text, addrs)
				}
				if strings.ContainsAny(a.Addr().Zone(), ", :]\t\n\v\f\r\u0085\u00a0") {
					return // A zone that cannot be written.
				}
				parts = append(parts, a.String())
			}
			entries = append(entries, strings.Join(parts, ","))
		}
		again, err := parseRegistrars(entries, nil)
		if err != nil || !slices.EqualFunc(known, again.known(), slices.Equal) {
			t.Fatalf("%q is %v, which is refused or different: %v", text, known, err)
		}
	})
}
