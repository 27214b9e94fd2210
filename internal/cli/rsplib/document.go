package rsplib

import (
	"fmt"
	"strings"
)

// Document returns docs/coming-from-rsplib.md.
func Document() string {
	var d document
	d.text(documentStart)
	d.row("subject", "RSPLIB", "here", "reason")
	d.rule(4)
	for _, x := range differences() {
		d.row(x.Subject, x.RSPLIB, x.Here, x.Why)
	}
	d.text(documentOptions)
	for _, p := range Programs() {
		d.program(&p)
	}
	pool := library()
	pool.Options = append(pool.Options, trials()...)
	d.group("### "+pool.Title+", in all elements and users\n", pool)
	d.group("### Logging, in all programs\n", logging())
	d.faults()
	return d.String()
}

const documentStart = `# Coming from RSPLIB

<!-- Made by "go test ./internal/cli/rsplib -update" of the tables in that package. -->

RSPLIB is the reference implementation of reliable server pooling. The programs of this project have
its names, its options and its protocols, so each may replace its counterpart in a running system.
This page is about the command lines of RSPLIB 3.4.4 and 3.5.10. The differences in the procedures of
the protocols are listed in [CHANGELOG.md](../CHANGELOG.md).

## In general

`

const documentOptions = `
## Options

These are all options of RSPLIB's programs. Tests parse each of them in both spellings, and compare
unit, default and bounds. An empty cell means: as in RSPLIB. The programs have further options: see
` + "`--help`" + `.
`

// document is a document in the making.
type document struct{ strings.Builder }

func (d *document) text(s string) { d.WriteString(s) }

// row adds a row to a table.
func (d *document) row(cells ...string) {
	for i, c := range cells {
		cells[i] = strings.ReplaceAll(c, "|", `\|`)
	}
	fmt.Fprintf(d, "| %s |\n", strings.Join(cells, " | "))
}

// rule adds the line below the head of a table.
func (d *document) rule(columns int) { d.text("|" + strings.Repeat(" --- |", columns) + "\n") }

// program adds the options of a program. Those of the library are listed once for all programs.
func (d *document) program(p *Program) {
	fmt.Fprintf(d, "\n### %s\n", p.Name)
	if p.Absent {
		fmt.Fprintf(d, "\n%s%s. The program is not here yet.\n", strings.ToUpper(p.Role[:1]), p.Role[1:])
		return
	}
	d.group("", Group{Options: p.Own})
	for _, g := range p.Groups {
		switch {
		case g.Title == library().Title || g.Title == logging().Title:
		case g.Absent:
			fmt.Fprintf(d, "\n%s is not here yet.\n", g.Title)
		default:
			d.group("\n"+g.Title+":\n", g)
		}
	}
}

// group adds the options of a group.
func (d *document) group(title string, g Group) {
	if title != "" && !strings.HasPrefix(title, "\n") {
		d.text("\n")
	}
	d.text(title + "\n")
	d.row("option", "value", "default of RSPLIB", "default here", "difference")
	d.rule(5)
	for _, o := range g.Options {
		if o.Name != "" {
			d.row("`-"+o.Name+"`", o.value(), code(o.Default), code(o.Ours), o.Note)
		}
	}
}

// value returns the values of an option in words.
func (o *Option) value() string {
	switch {
	case o.Kind == Switch:
		return ""
	case o.Least != "" && o.Most != "":
		return fmt.Sprintf("%s, %s to %s", o.Kind, o.Least, o.Most)
	case o.Least != "":
		return fmt.Sprintf("%s, at least %s", o.Kind, o.Least)
	case o.Most != "":
		return fmt.Sprintf("%s, at most %s", o.Kind, o.Most)
	}
	return string(o.Kind)
}

// code returns a value as code.
func code(value string) string {
	if value == "" || value == NoDefault {
		return value
	}
	return "`" + value + "`"
}

// faults adds the list of faults.
func (d *document) faults() {
	d.text("\n## RSPLIB's faults\n\nThe programs here do not share these faults, and their tests name the numbers. Where a fault is in\na format, the programs here send the format of RSPLIB, and take a better one as well.\n\n")
	d.row("number", "subject", "fault of RSPLIB")
	d.rule(3)
	for i, f := range faults {
		d.row(fmt.Sprint(i+1), f.Subject, f.Text)
	}
}
