package rsplib

// A Kind is the kind of an option's values.
type Kind string

// The kinds.
const (
	Switch       Kind = "switch" // without a value
	Text         Kind = "text"
	Address      Kind = "address"
	File         Kind = "file"
	Number       Kind = "number"
	KiB          Kind = "KiB"
	Milliseconds Kind = "ms"
	Seconds      Kind = "s"
)

// An Option is an option of a program of RSPLIB. RSPLIB spells it with one dash, and its value
// behind an equals sign.
type Option struct {
	// Name is the name without dashes.
	Name string
	// Kind is the kind of its values, or their unit.
	Kind Kind
	// Default is the default of RSPLIB, as written on a command line. Empty: there is none.
	Default string
	// Values are examples of values beside the default. An option has a default or an example,
	// unless it is a switch.
	Values []string
	// Least and Most are the bounds to which RSPLIB moves values that are out of range.
	// Empty: there is no bound.
	Least, Most string
	// With are options that must be given here, too.
	With []string

	// Ours is the default here. Empty: that of RSPLIB. [NoDefault]: there is none.
	Ours string
	// Note is the difference to RSPLIB, and its reason. Empty: there is none, but for the default.
	Note string
}

// NoDefault says that an option has no default here, though RSPLIB has one.
const NoDefault = "none"

// A Program is a program of RSPLIB.
type Program struct {
	Name string
	// Role is the task of the program in a few words.
	Role string
	// Args are arguments without which the program fails.
	Args []string
	// Own are the options of the program itself.
	Own []Option
	// Groups are further options, of services and of the library.
	Groups []Group
	// Level is the default of -loglevel here.
	Level string
	// Absent says that there is no program with this name here yet.
	Absent bool
}

// A Group is a list of options with a common subject.
type Group struct {
	Title   string
	Options []Option
	// Absent says that the options are not here yet.
	Absent bool
}

// Options returns all options of the program. An absent option is not here yet.
func (p *Program) Options(absent bool) (all []Option) {
	if !absent {
		all = append(all, p.Own...)
	}
	for _, g := range p.Groups {
		for _, o := range g.Options {
			if g.Absent != absent {
				continue
			}
			if o.Name == "loglevel" {
				o.Ours = p.Level
			}
			all = append(all, o)
		}
	}
	return all
}

// Programs returns all programs of RSPLIB.
func Programs() []Program {
	return []Program{
		registrar(), server(), terminal(), pingPongClient(), calcAppClient(), scriptingClient(), fractalPoolUser(), cspMonitor(), hsDump(),
	}
}

// Find returns the program with a name, nil if RSPLIB has no such program.
func Find(name string) *Program {
	for _, p := range Programs() {
		if p.Name == name {
			return &p
		}
	}
	return nil
}
