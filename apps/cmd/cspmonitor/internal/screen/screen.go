// Package screen shows the components of a monitor in a table at a terminal. The table changes in
// place, and keys sort and scroll it.
package screen

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/rserpool-go/rserpool/csp"
)

// Config configures the table.
type Config struct {
	// Title is the beginning of the first line.
	Title string
	// Source returns the present components.
	Source func() csp.Snapshot
	// Interval is the time between two calls of Source.
	Interval time.Duration
	// Full says that associations are shown. A key changes it.
	Full bool
	// MaxRows bounds the components that are shown.
	MaxRows MaxRows
	// MaxLocation is the number of characters of a location.
	MaxLocation int
}

// MaxRows are the numbers of components that are shown of each group. 0: all.
type MaxRows struct{ Registrars, Elements, Users int }

func (m MaxRows) of(g csp.Group) int {
	switch g {
	case csp.GroupRegistrar:
		return m.Registrars
	case csp.GroupPoolElement:
		return m.Elements
	case csp.GroupPoolUser:
		return m.Users
	}
	return 0
}

// framesPerSecond is the number of times at which the terminal is looked after: a key is answered
// within that time.
const framesPerSecond = 20

// Run shows the table at the terminal of standard input and output, until the user ends it or the
// context ends. At the end the terminal is as before.
func Run(ctx context.Context, config Config) error {
	p := tea.NewProgram(newModel(config), tea.WithoutSignalHandler(), tea.WithFPS(framesPerSecond))
	defer context.AfterFunc(ctx, p.Quit)()
	_, err := p.Run()
	return err
}
