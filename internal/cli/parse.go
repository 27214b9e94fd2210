package cli

import (
	"os"
	"strconv"

	"github.com/alecthomas/kong"
)

// Parse sets the flags of a program from its arguments, as [Main] does, and returns the names of
// the options that were out of range. Model has all flags, even after an error. Parse is for tests:
// --help and --version make it panic.
func Parse(program Program, args ...string) (model *kong.Application, outOfRange []string, err error) {
	parser := newParser("test", "A test.", program)
	if err := parseArgs(parser, program, args); err != nil {
		return parser.Model, nil, err
	}
	for _, m := range program.common().moved {
		outOfRange = append(outOfRange, m.option)
	}
	return parser.Model, outOfRange, nil
}

// exit is the panic by which kong ends the parsing after --help or --version.
type exit struct{ status int }

// parse sets the program's flags. done means that the program has nothing left to do, after
// --help or --version.
func parse(name, description string, program Program, args []string) (status int, done bool, err error) {
	parser := newParser(name, description, program)
	for _, flag := range parser.Model.Flags {
		for _, name := range flag.Envs {
			if os.Getenv(name) == "" {
				_ = os.Unsetenv(name) // An empty variable means no variable.
			}
		}
	}
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(exit)
			if !ok {
				panic(r)
			}
			status, done, err = e.status, true, nil
		}
	}()
	return 0, false, parseArgs(parser, program, args)
}

// newParser returns the parser of a program's command line.
func newParser(name, description string, program Program) *kong.Kong {
	parser, err := kong.New(program,
		kong.Name(name),
		kong.Description(description+"\n\n"+notes),
		kong.Vars{"loglevel": strconv.Itoa(defaultLogLevel(program))},
		kong.Exit(func(status int) { panic(exit{status}) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.PostBuild(func(k *kong.Kong) error {
			k.Model.HelpFlag.Help = "Print this help and exit."
			return nil
		}),
	)
	if err != nil {
		panic("BUG: flags of " + name + ": " + err.Error())
	}
	return parser
}

// parseArgs parses arguments.
func parseArgs(parser *kong.Kong, program Program, args []string) error {
	ctx, err := parser.Parse(TwoDashes(args))
	if err != nil {
		return plain(err)
	}
	program.common().moved = keepBounds(parser.Model.Flags, ctx.Path)
	return nil
}
