package rsplib

// Faults returns RSPLIB's faults, by number from 1. Tests name the number of the fault that they
// are about.
func Faults() []Fault { return faults }

// A Fault is a fault of RSPLIB that the programs of this project do not share.
type Fault struct {
	// Subject is a part of RSPLIB.
	Subject string
	// Text says what goes wrong in RSPLIB.
	Text string
}

var faults = []Fault{
	{"General", "`-chargen` cannot be started: the check for unknown options refuses the switch itself."},
	{"General", "The `-registrar...timeout` and `-registrar...maxtrials` options end every client."},
	{"General", "`-runtime` of `rspserver` takes milliseconds, while the manual says seconds."},
	{"General", "`rspserver` ignores unknown options, and exits with 0 if its registration fails."},
	{"General", "`-identifier=0`, or an empty value, leaves the identifier undefined."},
	{"General", "With `-uptime`, a list of addresses in `-local` is cut to the first address after the first restart."},
	{"General", "Degradations below 0 or above 1 are taken."},
	{"General", "An element reports its status under a random identifier; `CSP_SERVER` without a port means port 0; `-cspidentifier` makes an element of every client."},
	{"General", "Manuals name options that do not exist, or that do something else."},
	{"General", "The completion offers three policies that the parser refuses."},
	{"Ping Pong", "The server believes the length field of a ping, and sends back memory of its own. The length of a pong overflows."},
	{"Ping Pong", "The client does not check the size of a pong. With `-interval=0` it uses all of a processor."},
	{"Fractal", "The state of a session may be ahead of the points that were sent: up to 323 points stay blank after a crash."},
	{"Fractal", "The state names the last point instead of the next, so a point is computed twice."},
	{"Fractal", "States and parts of pictures depend on a poll of 2.5 s and on a fixed second instead of `-fgpdatamaxtime`. Empty messages are sent."},
	{"Fractal", "The client exchanges its two timeouts, `-nosessions` does the opposite, pictures are not saved, a strip stays blank at the right, a search without a working server does not pause, and tiny pictures are not handled. A file as an argument is refused, although the desktop passes it."},
	{"Fractal", "The length field inside the state is 4 instead of 60. (This is its format; it is not checked here.)"},
	{"CalcApp", "A job that was taken over stands still until another event. The client's timer for a repeated request is cleared at once."},
	{"CalcApp", "Ctrl-C ends the client without its statistics, `-runtime` is not looked at while it waits for a job, and an output file that cannot be opened crashes it."},
	{"CalcApp", "The wasted capacity adds microseconds to calculations. The state has neither a mark nor a version. (This is its format; `--cookiekey` protects it here.)"},
	{"CalcApp", "Jobs of a lost session stay until a timeout, and a repeated job is added twice."},
	{"Scripting", "A keep-alive before the work begins, or after its end, breaks the session."},
	{"Scripting", "Work that leaves no output file is started again without limit. A maximum of three tries means two."},
	{"Scripting", "A first status other than 0 leaves the client in a wrong state."},
	{"Scripting", "Work that is killed by a signal is reported as a success."},
	{"Scripting", "A length field below 4 underflows. Empty files cannot be sent."},
	{"Scripting", "Options and paths go into shell commands without quotes, and a program of the working directory is run first."},
	{"Scripting", "The uploaded environment is not compared with its hash."},
	{"Scripting", "Elements and users send keep-alive acknowledgements of different sizes."},
	{"Status reports", "A final report for an unknown component makes an entry of undefined content in the monitor. (Reports have no authentication, here either: a forged final report hides a component.)"},
	{"Status reports", "The monitor prints control characters of reports, and so obeys their escape sequences."},
	{"Status reports", "Each report has a socket of its own, and the length of a report overflows above 2718 associations."},
	{"Status reports", "With several sessions, the location in a report is that of the last session, or that of the host."},
	{"rspterminal", "Octets from 0x80 on are cut off at the end of a message, a message of the maximum size is written beyond its buffer, and an error of reception repeats without end."},
}
