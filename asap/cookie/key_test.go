package cookie_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/asap/cookie"
)

func TestParseKey(t *testing.T) {
	octets := make([]byte, 32)
	for i := range octets {
		octets[i] = byte(0xff - i) // Base64 with + and /.
	}
	want := hex.EncodeToString(octets)
	std := base64.StdEncoding.EncodeToString(octets)
	if !strings.ContainsAny(std, "+/") {
		t.Fatal("the key does not tell the alphabets apart")
	}
	for name, text := range map[string]string{
		"hexadecimal":              want,
		"hexadecimal in capitals":  strings.ToUpper(want),
		"line of a file":           want + "\n",
		"space around":             "\t " + std + " \r\n",
		"base64":                   std,
		"base64 without padding":   strings.TrimRight(std, "="),
		"base64 for URLs":          base64.URLEncoding.EncodeToString(octets),
		"base64 for URLs unpadded": base64.RawURLEncoding.EncodeToString(octets),
	} {
		if key, err := cookie.ParseKey(text); err != nil || key.Hex() != want {
			t.Errorf("%s: %s, %v, want %s", name, key.Hex(), err, want)
		}
	}
	for name, text := range map[string]string{
		"empty":               "",
		"space":               " \n",
		"passphrase":          "correct horse battery staple",
		"31 octets":           want[:62],
		"33 octets":           want + "00",
		"odd":                 want[:63],
		"no digit":            want[:63] + "g",
		"zeros":               strings.Repeat("0", 64),
		"zeros in base64":     strings.Repeat("A", 43) + "=",
		"base64 of 31 octets": base64.StdEncoding.EncodeToString(octets[:31]),
		"base64 of 33 octets": base64.StdEncoding.EncodeToString(make([]byte, 33)),
		"too much padding":    std + "=",
		"bits in the padding": std[:42] + "B=",
		"both alphabets":      "-" + std[1:],
	} {
		key, err := cookie.ParseKey(text)
		if err == nil || key.Hex() != "" {
			t.Errorf("%s: %s, %v, want an error", name, key.Hex(), err)
			continue
		}
		if secret := strings.TrimSpace(text); len(secret) > 8 && strings.Contains(err.Error(), secret[:8]) {
			t.Errorf("%s: error %q contains the text", name, err)
		}
	}
}

func TestNewKey(t *testing.T) {
	key, other := cookie.NewKey(), cookie.NewKey()
	if key.Hex() == other.Hex() {
		t.Errorf("two new keys are %s", key.Hex())
	}
	if again, err := cookie.ParseKey(key.Hex()); err != nil || again.Hex() != key.Hex() {
		t.Errorf("%s parses as %s, %v", key.Hex(), again.Hex(), err)
	}
}

// A key must not reach a log by accident, wherever it is stored.
func TestKeyIsNotPrinted(t *testing.T) {
	key := cookie.NewKey()
	secret, err := hex.DecodeString(key.Hex())
	if err != nil {
		t.Fatal(err)
	}
	c := cookie.Config{Key: key, Accept: []cookie.Key{key}, Context: "pool"}
	values := map[string]any{
		"key": key, "pointer": &key, "slice": []cookie.Key{key}, "configuration": c, "codec": newCodec[counter](t, c),
		"exported field": struct{ Key cookie.Key }{key}, "hidden field": struct{ key cookie.Key }{key},
	}
	for name, value := range values {
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("", "value", value)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("", "value", value)
		if encoded, err := json.Marshal(value); err == nil {
			log.Write(encoded)
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%p"} {
			fmt.Fprintf(&log, verb+"\n", value)
		}
		text := strings.ToLower(log.String())
		for _, leak := range []string{
			hex.EncodeToString(secret[:4]),
			string(secret[:4]),
			fmt.Sprint(secret[0], secret[1], secret[2], secret[3]),
			strconv.Itoa(int(secret[0])) + ", " + strconv.Itoa(int(secret[1])) + ", " + strconv.Itoa(int(secret[2])),
			base64.StdEncoding.EncodeToString(secret[:6]),
		} {
			if strings.Contains(text, strings.ToLower(leak)) {
				t.Errorf("%s: %q leaks the key", name, text)
			}
		}
	}
	if got := fmt.Sprint(key, cookie.Key{}); got != "Key(secret) Key(none)" {
		t.Errorf("keys print as %q", got)
	}
}
