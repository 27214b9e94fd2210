package steptest

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// Settings are the settings of a scenario by their names. The methods return zero for an
// absent name. A setting that nobody asks for is a failure.
type Settings struct {
	t      *testing.T
	values map[string]string
}

// add takes words such as HuntRounds=2.
func (s Settings) add(words []string) {
	for _, w := range words {
		name, value, _ := strings.Cut(w, "=")
		s.values[name] = value
	}
}

// checkUse fails if a setting has not been asked for.
func (s Settings) checkUse() {
	for name := range s.values {
		s.t.Fatalf("unknown setting %s", name)
	}
}

// Text takes a value.
func (s Settings) Text(name string) string {
	v := s.values[name]
	delete(s.values, name)
	return v
}

// Duration takes a duration.
func (s Settings) Duration(name string) time.Duration {
	return parseSetting(s, name, time.ParseDuration)
}

// Number takes a number.
func (s Settings) Number(name string) int { return parseSetting(s, name, strconv.Atoi) }

// Bool takes true or false.
func (s Settings) Bool(name string) bool { return parseSetting(s, name, strconv.ParseBool) }

func parseSetting[T any](s Settings, name string, parse func(string) (T, error)) (value T) {
	text := s.Text(name)
	if text == "" {
		return value
	}
	value, err := parse(text)
	if err != nil {
		s.t.Fatalf("setting %s: %v", name, err)
	}
	return value
}
