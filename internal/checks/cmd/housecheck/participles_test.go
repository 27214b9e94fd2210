package main

import "testing"

func TestIsParticiple(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"lost": true, "Heard": true, "received": true, "Registered": true, "told": true,
		"heardOwn": false, "isClosed": false, "lose": false, "need": false, "Embed": false, "exceed": false, "shed": false,
		"read": false, "set": false, "red": false, "_": false, "ID": false,
	} {
		if got := isParticiple(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
