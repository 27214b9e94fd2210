package rsplib

// logging are the options of all programs about their logs.
func logging() Group {
	return Group{Title: "Logging", Options: []Option{
		{Name: "loglevel", Kind: Number, Default: "1", Values: []string{"0", "9", "12"}, Ours: "3", Note: "Level 3 tells an operator what happens; programs that print the news of a session have level 2."},
		{Name: "logcolor", Kind: Text, Default: "on", Values: []string{"off"}, Ours: "auto", Note: "`auto` has colours on a terminal only, so that files and pipes stay readable. Other values are errors."},
		{Name: "logfile", Kind: File, Values: []string{"file"}, Note: "Without the option, the log goes to standard error. RSPLIB does so, too, while its manual says standard output."},
		{Name: "logappend", Kind: File, Values: []string{"file"}, Note: "Not together with `-logfile`."},
		{Name: "logquiet", Kind: Switch},
	}}
}

// reports are the options about status reports to a monitor.
func reports() []Option {
	return []Option{
		{Name: "cspserver", Kind: Address, Values: []string{"192.0.2.1:2960", "192.0.2.1"}, Note: "One of `-cspserver` and `-cspinterval` is enough. `CSP_SERVER` needs no port."},
		{Name: "cspinterval", Kind: Milliseconds, Values: []string{"250", "0"}, Ours: "250", Note: "The default holds if there is a `-cspserver`. From 10 ms to an hour, because shorter intervals flood the monitor."},
	}
}

// library are the options of all pool elements and pool users.
func library() Group {
	return Group{Title: "Registrars and status reports", Options: append([]Option{
		{Name: "registrar", Kind: Address, Values: []string{"127.0.0.1:3863,127.0.0.2", "[::1]!3863", "localhost:3863"}, Note: "Without a port, the port is 3863, and not 0. Names are looked up at each search."},
		{Name: "asapannounce", Kind: Address, Default: "auto", Values: []string{"239.0.0.50:3863", "239.0.0.50", "off"}, With: []string{"registrar=127.0.0.1:3863"}, Note: "`off` needs a `-registrar`: there is no other way to find one."},
		{Name: "registrarannouncetimeout", Kind: Milliseconds, Default: "5000"},
		{Name: "registrarconnecttimeout", Kind: Milliseconds, Default: "7500", Ours: "5000", Note: "A registrar that has not answered after 5 s does not answer; three registrars are tried at a time."},
		{Name: "registrarresponsetimeout", Kind: Milliseconds, Default: "3000"},
		{Name: "registrarrequesttimeout", Kind: Milliseconds, Default: "3000", Ours: NoDefault, Note: "Ignored: a request never waits for room in a send buffer."},
	}, append(reports(),
		Option{Name: "cspidentifier", Kind: Number, Values: []string{"0x1234", "7"}, Ours: "0", Note: "Works in all programs, and does not make an element of a client. 0: the identifier of the element, or at random."},
	)...)}
}

// trials are the limits of the search for a registrar.
func trials() []Option {
	return []Option{
		{Name: "registrarconnectmaxtrials", Kind: Number, Default: "1", Ours: "0", Note: "0 means without limit: a program that starts before its registrar waits for it. An element ignores the option, as it does not give up."},
		{Name: "registrarrequestmaxtrials", Kind: Number, Default: "1", Ours: "0", Note: "0 means without limit. RSPLIB sends each request once, so a lost association is an error of the program. An element ignores the option."},
	}
}

// ignoredTrials are trials in a pool element.
func ignoredTrials() []Option {
	all := trials()
	for i := range all {
		all[i].Ours, all[i].Note = NoDefault, "Ignored: an element does not give up."
	}
	return all
}

// poolUser returns the options that a pool user shares with others.
func poolUser() []Group {
	l := library()
	l.Options = append(l.Options, trials()...)
	return []Group{l, logging()}
}

// failureTest are the options of programs that fail and come back.
func failureTest() []Option {
	return []Option{
		{Name: "uptime", Kind: Seconds, Default: "0", Values: []string{"2.5"}},
		{Name: "downtime", Kind: Seconds, Default: "0", Values: []string{"0.5"}},
		pidFile(),
	}
}

func pidFile() Option {
	return Option{Name: "daemonpidfile", Kind: File, Values: []string{"file"}, Note: "If the program cannot start, or the file cannot be written, the exit status is that of the failure. RSPLIB's is 0."}
}
