package rsplib

// A difference is a difference that is not about a single option.
type difference struct{ Subject, RSPLIB, Here, Why string }

// differences returns the differences between the programs of RSPLIB and of this project.
func differences() []difference {
	return []difference{
		{"Spelling of options", "`-name=value`", "`-name=value`, `--name=value` or `--name value`", "Scripts for RSPLIB go on working."},
		{"Unknown options", "Ignored by `rspserver`, reported by `hsdump`, errors elsewhere", "Errors everywhere, with the most similar option", "A misspelled option should not go unnoticed."},
		{"Options of other services", "Ignored by `rspserver`", "Ignored, with a warning", "The option has no effect, which its user should know."},
		{"Numbers out of range", "Moved to the bound, silently; rubbish means 0", "Moved to the bound, with a warning; rubbish is an error", "Scripts for RSPLIB go on working, and the log says what happened."},
		{"Numbers with units", "None", "Times may have a unit, such as `2.5s`", "A number alone has the unit of RSPLIB."},
		{"Exit status", "0, or 1 after bad options; 0 even if the registration fails", "0 after success, 1 after a failure, 2 after a wrong command line", "Scripts can tell the cases apart."},
		{"`-runtime` of `rspserver`", "The texts say seconds, the binary takes milliseconds", "Milliseconds; the start text prints the unit", "Scripts are written for the binary."},
		{"Identifiers", "`$1234abcd`", "`0x1234abcd`", "The same spelling is taken by the options."},
		{"Log", "Two lines a record, with colours", "One line a record; `--log-format=json` for machines; colours on a terminal", "Logs are read by programs as well."},
		{"Level of the log", "1 (errors)", "3 (what an operator acts on), or 2 in clients", "A silent log helps nobody who starts a server."},
		{"Ports of the registrar", "At random", "At random as well, with `auto`", "A fixed port is given by `-asap` and `-enrp`."},
		{"Services of a process", "One", "`--service=echo,discard` has several, each in its own pool", "One process needs less memory than several."},
		{"States of sessions", "Readable and not protected", "The same octets; `--cookiekey=FILE` seals them", "A state comes back from the user, who could change it (RFC 5352, 3.8)."},
		{"Status reports", "A random identifier for an element", "The identifier of the element", "A monitor can connect the reports of users and elements."},
		{"Libraries in C and C++", "`librsplib` with an API like sockets", "None: the libraries are Go packages", "C programs stay with RSPLIB's library, in the same pools. Both speak the same protocols."},
	}
}
