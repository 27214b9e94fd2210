package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/rserpool-go/rserpool/apps/internal/service"
)

// A kind is a service that the program can offer: a pointer to a struct with the switch of the
// service, and with its options in the group of [optionsOf]. Kong calls a method Validate of the
// options. A new service needs a file with its kind, and a line in the table of newServices.
type kind interface {
	// name is the name of the service in --service, and of its switch.
	name() string
	// open returns the service as configured by the options.
	open() (*service.Service, error)
	// describe prints the options for the start text.
	describe(entry func(name string, value any))
}

// newServices returns the table of services, in the order of the help. The first is the default.
func newServices() services {
	return services{Kinds: kong.Plugins{
		&echo{},
		&discard{},
		&daytime{},
		&charGen{},
		&pingPong{},
		&fractalGenerator{},
		&calcApp{},
		&scripting{},
	}}
}

// services are the flags that select services, and the options of all services.
type services struct {
	List  serviceList  `name:"service" placeholder:"NAME,..." help:"Offer several services, such as echo,discard: each in its own pool, at its own port. Default: echo."`
	Kinds kong.Plugins `embed:""`

	selected []string // the last choice
	given    []*kong.Flag
}

// serviceList is the value of --service.
type serviceList []string

// UnmarshalText takes names with commas between them.
func (l *serviceList) UnmarshalText(text []byte) error {
	*l = strings.Split(string(text), ",")
	for i, name := range *l {
		if slices.Contains((*l)[:i], name) {
			return fmt.Errorf("service %q is named twice", name)
		}
	}
	return nil
}

// serviceSwitch is the switch of a service, as in RSPLIB.
type serviceSwitch bool

// choose takes the command line. As in RSPLIB, the last choice counts.
func (s *services) choose(path []*kong.Path) error {
	for _, trace := range path {
		if trace.Flag == nil {
			continue
		}
		s.given = append(s.given, trace.Flag)
		switch value := trace.Flag.Target.Interface().(type) {
		case serviceSwitch:
			if value {
				s.selected = []string{trace.Flag.Name}
			}
		case serviceList:
			s.selected = value
		}
	}
	if s.selected == nil {
		s.selected = s.names()[:1]
	}
	for _, name := range s.selected {
		if !slices.Contains(s.names(), name) {
			return fmt.Errorf("--service: %q is not one of %s", name, strings.Join(s.names(), ", "))
		}
	}
	return nil
}

// all returns the table of services.
func (s *services) all() []kind {
	kinds := make([]kind, len(s.Kinds))
	for i, k := range s.Kinds {
		kinds[i] = k.(kind)
	}
	return kinds
}

// names returns the names of all services.
func (s *services) names() (names []string) {
	for _, k := range s.all() {
		names = append(names, k.name())
	}
	return names
}

// chosen returns the selected services in their order on the command line.
func (s *services) chosen() (kinds []kind) {
	for _, name := range s.selected {
		kinds = append(kinds, s.all()[slices.Index(s.names(), name)])
	}
	return kinds
}

// optionsOf returns the title of the group with the options of a service.
func optionsOf(name string) string { return "Options of -" + name + ":" }

// foreign returns the given options of services that are not selected. RSPLIB ignores such
// options, so they are no error.
func (s *services) foreign() (options []string) {
	for _, flag := range s.given {
		of := func(name string) bool { return flag.Group != nil && flag.Group.Key == optionsOf(name) }
		if slices.ContainsFunc(s.names(), of) && !slices.ContainsFunc(s.selected, of) {
			options = append(options, flag.Name)
		}
	}
	return options
}
