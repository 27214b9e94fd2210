package rsplib

// poolHandle returns the option for the pool of a pool user.
func poolHandle(handle string) Option {
	return Option{Name: "poolhandle", Kind: Text, Default: handle, Values: []string{"MyPool"}}
}

// terminal returns the options of rspterminal.
func terminal() Program {
	return Program{
		Name: "rspterminal", Role: "pool user for text", Level: "2", Groups: poolUser(),
		Own: []Option{poolHandle("EchoPool")},
	}
}

// pingPongClient returns the options of pingpongclient.
func pingPongClient() Program {
	return Program{
		Name: "pingpongclient", Role: "pool user of the service -pingpong", Level: "3", Groups: poolUser(),
		Own: []Option{
			poolHandle("PingPongPool"),
			{Name: "interval", Kind: Milliseconds, Default: "500", Values: []string{"10"}, Note: "At least 1 ms: with 0, RSPLIB's client uses all of a processor."},
		},
	}
}

// calcAppClient returns the options of calcappclient.
func calcAppClient() Program {
	return Program{
		Name: "calcappclient", Role: "pool user of the service -calcapp", Level: "2", Groups: poolUser(),
		Own: []Option{
			poolHandle("CalcAppPool"),
			{Name: "jobinterval", Kind: Seconds, Default: "15", Values: []string{"0.5"}, Note: "At least 0.001."},
			{Name: "jobsize", Kind: Number, Default: "5000000", Note: "From 1 on."},
			{Name: "keepalivetransmissioninterval", Kind: Milliseconds, Default: "5000", Least: "100"},
			{Name: "keepalivetimeoutinterval", Kind: Milliseconds, Default: "5000", Least: "100"},
			{Name: "runtime", Kind: Seconds, Default: "86400", Values: []string{"1.5"}, Note: "Ends the client at once, whatever it waits for."},
			{Name: "object", Kind: Text, Default: "scenario.calcapppooluser[0]"},
			{Name: "vector", Kind: File, Default: "CalcAppPU.vec"},
			{Name: "scalar", Kind: File, Default: "CalcAppPU.sca"},
			pidFile(),
		},
	}
}

// scriptingClient returns the options of scriptingclient.
func scriptingClient() Program {
	return Program{
		Name: "scriptingclient", Role: "pool user of the service -scripting", Level: "2", Groups: poolUser(), Args: []string{"-input=in", "-output=out"},
		Own: []Option{
			poolHandle("ScriptingPool"),
			{Name: "input", Kind: File, Values: []string{"in"}, Note: "May be a folder of packages; `-output` is a folder then."},
			{Name: "output", Kind: File, Values: []string{"out"}, Note: "The file of the result, as in RSPLIB. The form of the text on standard output is `--report=json`."},
			{Name: "environment", Kind: File, Values: []string{"env"}},
			{Name: "maxretry", Kind: Number, Default: "3", Least: "1", Note: "3 means three runs; in RSPLIB it means two."},
			{Name: "retrydelay", Kind: Milliseconds, Default: "10000", Least: "100"},
			{Name: "transmittimeout", Kind: Milliseconds, Default: "59500"},
			{Name: "keepaliveinterval", Kind: Milliseconds, Default: "10000"},
			{Name: "keepalivetimeout", Kind: Milliseconds, Default: "10000"},
			{Name: "runid", Kind: Text, Values: []string{"run"}},
			{Name: "quiet", Kind: Switch},
		},
	}
}

// fractalPoolUser returns the options of fractalpooluser.
func fractalPoolUser() Program {
	return Program{
		Name: "fractalpooluser", Role: "pool user of the service -fractal", Level: "2", Groups: poolUser(),
		Own: []Option{
			poolHandle("FractalGeneratorPool"),
			{Name: "configdir", Kind: File, Values: []string{"folder"}, Note: "Without the option, the program has parameter files of its own. `.fgp` files are read as well, as RSPLIB's manual says."},
			{Name: "caption", Kind: Text, Default: "Fractal Pool User"},
			{Name: "width", Kind: Number, Default: "400", Least: "64", Most: "8192"},
			{Name: "height", Kind: Number, Default: "250", Least: "64", Most: "4096"},
			{Name: "threads", Kind: Number, Default: "1", Least: "1", Most: "512"},
			{Name: "sendtimeout", Kind: Milliseconds, Default: "5000"},
			{Name: "recvtimeout", Kind: Milliseconds, Default: "5000"},
			{Name: "interimagetime", Kind: Seconds, Default: "5"},
			{Name: "imagestorageprefix", Kind: Text, Values: []string{"picture"}, Note: "Works; RSPLIB only prints it."},
			{Name: "colormarks", Kind: Switch},
			{Name: "nocolormarks", Kind: Switch},
			{Name: "sessions", Kind: Switch},
			{Name: "nosessions", Kind: Switch, Note: "Works; RSPLIB's does the same as `-sessions`."},
			{Name: "identifier", Kind: Number, Values: []string{"0x1234"}},
		},
	}
}
