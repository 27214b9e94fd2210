package rsplib

// charGen returns the options of the character generator.
func charGen() Group {
	return Group{Title: "Service -chargen", Options: []Option{
		{Name: "chargenmaxthreads", Kind: Number, Default: "4"},
	}}
}

// pingPong returns the options of Ping Pong.
func pingPong() Group {
	return Group{Title: "Service -pingpong", Options: []Option{
		{Name: "pppmaxthreads", Kind: Number, Default: "4"},
		{Name: "pppfailureafter", Kind: Number, Default: "0"},
	}}
}

// fractal returns the options of the fractal generator.
func fractal() Group {
	return Group{Title: "Service -fractal", Options: []Option{
		{Name: "fractal", Kind: Switch},
		{Name: "fgpmaxthreads", Kind: Number, Default: "4"},
		{Name: "fgpfailureafter", Kind: Number, Default: "0"},
		{Name: "fgptransmittimeout", Kind: Milliseconds, Default: "2500"},
		{Name: "fgpdatamaxtime", Kind: Milliseconds, Default: "1000", Least: "100"},
		{Name: "fgpcookiemaxtime", Kind: Milliseconds, Default: "1000", Least: "100"},
		{Name: "fgpcookiemaxpackets", Kind: Number, Default: "10", Least: "1"},
		{Name: "fgptestmode", Kind: Switch},
	}}
}

// calcApp returns the options of the calculation service.
func calcApp() Group {
	return Group{Title: "Service -calcapp", Options: []Option{
		{Name: "calcapp", Kind: Switch},
		{Name: "capmaxjobs", Kind: Number, Default: "10", Least: "1", Most: "10000", Note: "RSPLIB has no upper bound."},
		{Name: "capcapacity", Kind: Number, Default: "1000000", Least: "1"},
		{Name: "capkeepalivetransmissioninterval", Kind: Milliseconds, Default: "2500", Least: "100"},
		{Name: "capkeepalivetimeoutinterval", Kind: Milliseconds, Default: "2500", Least: "100"},
		{Name: "capcookiemaxtime", Kind: Seconds, Default: "5", Least: "0.1"},
		{Name: "capcookiemaxcalculations", Kind: Number, Default: "5000000", Least: "1"},
		{Name: "capcleanshutdownprobability", Kind: Number, Default: "1", Values: []string{"0.5"}, Least: "0", Most: "1"},
		{Name: "capobject", Kind: Text, Default: "scenario.calcapppoolelement[0]"},
		{Name: "capvector", Kind: File, Default: "calcapppoolelement.vec", Note: "Available calculations depend on the capacity; RSPLIB counts microseconds. The columns have their names even if no job is complete."},
		{Name: "capscalar", Kind: File, Default: "calcapppoolelement.sca", Note: "The wasted capacity is in calculations; RSPLIB counts microseconds."},
	}}
}

// scripting returns the options of the scripting service.
func scripting() Group {
	return Group{Title: "Service -scripting", Options: []Option{
		{Name: "scripting", Kind: Switch},
		{Name: "ssmaxthreads", Kind: Number, Values: []string{"2"}, Least: "1"},
		{Name: "sstransmittimeout", Kind: Milliseconds, Default: "30000"},
		{Name: "sskeepaliveinterval", Kind: Milliseconds, Default: "15000"},
		{Name: "sskeepalivetimeout", Kind: Milliseconds, Default: "10000"},
		{Name: "sscachemaxsize", Kind: KiB, Default: "131072", Least: "128"},
		{Name: "sscachemaxentries", Kind: Number, Default: "16", Least: "1"},
		{Name: "sscachedirectory", Kind: File, Values: []string{"folder"}},
		{Name: "sskeyring", Kind: File, Values: []string{"file"}},
		{Name: "sstrustdb", Kind: File, Values: []string{"file"}},
		{Name: "sskeeptempdirs", Kind: Switch},
		{Name: "ssverbose", Kind: Switch},
	}}
}
