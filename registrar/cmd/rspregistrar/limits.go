package main

import (
	"fmt"
	"strings"

	"github.com/rserpool-go/rserpool/internal/cli"
)

// limitNumber returns the range of an option that is a number. An option that is not given is in
// every range.
func limitNumber(option string, value *int, least, most int64) cli.Range {
	if value == nil {
		return cli.Range{}
	}
	return cli.Range{Option: option, Value: int64(*value), Min: least, Max: most}
}

// valueOrZero returns the value of an option, and 0 if the option is not given.
func valueOrZero[T int | cli.Milliseconds](value *T) T {
	if value == nil {
		return 0
	}
	return *value
}

// refuseCompressed returns an error for a file that RSPLIB would compress because of its name.
func refuseCompressed(option, file string) error {
	if strings.HasSuffix(file, ".bz2") {
		return fmt.Errorf("--%s=%s: the file is not compressed; take another name, and compress it afterwards", option, file)
	}
	return nil
}
