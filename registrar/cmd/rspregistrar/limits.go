package main

import "github.com/rserpool-go/rserpool/internal/cli"

// milliseconds is the range of an option that is a time. 0 is for one that is not given,
// which is in every range.
func milliseconds(option string, value cli.Milliseconds, least, most int64) cli.Range {
	if value == 0 {
		return cli.Range{}
	}
	return cli.Range{Option: option, Value: value.Duration().Milliseconds(), Min: least, Max: most, Unit: "ms"}
}

// number is milliseconds for an option that is a number.
func number(option string, value int, least, most int64) cli.Range {
	if value == 0 {
		return cli.Range{}
	}
	return cli.Range{Option: option, Value: int64(value), Min: least, Max: most}
}
