package service

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/asap/cookie"
)

// TestReadKeys asserts the order of the keys of a file, and the errors about files without keys.
func TestReadKeys(t *testing.T) {
	t.Parallel()
	first, second := cookie.NewKey().Hex(), cookie.NewKey().Hex()
	for name, test := range map[string]struct {
		text string
		mode fs.FileMode
		want []string
		err  string // behind the name of the file
	}{
		"one key":         {text: first + "\n", mode: 0o600, want: []string{first}},
		"read-only":       {text: first, mode: 0o400, want: []string{first}},
		"for a group":     {text: first, mode: 0o640, want: []string{first}},
		"two keys":        {text: "# new\n" + first + "\r\n\n  # old\n " + second + " \n", mode: 0o600, want: []string{first, second}},
		"empty":           {text: "# nothing\n", mode: 0o600, err: `no key in it; "openssl rand -hex 32" makes a key`},
		"short":           {text: "\n" + first[:62] + "\n", mode: 0o600, err: "line 2: key of 62 characters: want 32 octets in hexadecimal or base64"},
		"passphrase":      {text: "correct horse battery staple\n", mode: 0o600, err: "line 1: key of 28 characters: want 32 octets in hexadecimal or base64"},
		"readable":        {text: first, mode: 0o644, err: "its mode 0644 lets other users read or change it; use chmod 600"},
		"group may write": {text: first, mode: 0o660, err: "its mode 0660 lets other users read or change it; use chmod 600"},
		"too long":        {text: strings.Repeat("#\n", maxKeyFile), mode: 0o600, err: "longer than 65536 octets"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "key")
			if err := os.WriteFile(file, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(file, test.mode); err != nil {
				t.Fatal(err)
			}
			keys, err := ReadKeys(file)
			if test.err != "" {
				if want := "key file " + file + ": " + test.err; err == nil || err.Error() != want {
					t.Errorf("error %v, want %s", err, want)
				}
				return
			}
			var got []string
			for _, k := range keys {
				got = append(got, k.Hex())
			}
			if err != nil || strings.Join(got, " ") != strings.Join(test.want, " ") {
				t.Errorf("%d keys, error %v", len(got), err)
			}
		})
	}
	missing := filepath.Join(t.TempDir(), "missing")
	if _, err := ReadKeys(missing); err == nil || err.Error() != "key file "+missing+": no such file or directory" {
		t.Errorf("error %v", err)
	}
}
