package main

import "github.com/rserpool-go/rserpool/internal/cli"

// milliseconds is the range of an option that is a time. One that is not given is in every
// range.
func milliseconds(option string, value *cli.Milliseconds, least, most int64) cli.Range {
	if value == nil {
		return cli.Range{}
	}
	return cli.Range{Option: option, Value: value.Duration().Milliseconds(), Min: least, Max: most, Unit: "ms"}
}

// number is milliseconds for an option that is a number.
func number(option string, value *int, least, most int64) cli.Range {
	if value == nil {
		return cli.Range{}
	}
	return cli.Range{Option: option, Value: int64(*value), Min: least, Max: most}
}

// given returns the value of an option, and 0 if it is not given.
func given[T int | cli.Milliseconds](value *T) T {
	if value == nil {
		return 0
	}
	return *value
}
