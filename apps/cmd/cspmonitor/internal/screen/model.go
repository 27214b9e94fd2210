package screen

import (
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/rserpool-go/rserpool/csp"
)

// model is the state of the table.
type model struct {
	Config
	width, height int

	snapshot   csp.Snapshot
	sections   []section // of the snapshot
	location   int       // cells of the longest location, at most MaxLocation
	order      int       // of orders
	isReversed bool
	isPaused   bool
	offset     int // number of rows above the visible rows
}

func newModel(config Config) *model { return &model{Config: config} }

// tick asks for another snapshot.
type tick struct{}

// Init takes the first snapshot.
func (m *model) Init() tea.Cmd {
	m.refresh()
	return m.wait()
}

func (m *model) wait() tea.Cmd {
	return tea.Tick(m.Interval, func(time.Time) tea.Msg { return tick{} })
}

// refresh takes a snapshot.
func (m *model) refresh() {
	m.snapshot = m.Source()
	m.location = 0
	for i := range m.snapshot.Components {
		m.location = max(m.location, ansi.StringWidth(m.snapshot.Components[i].Location))
	}
	m.location = min(m.location, m.MaxLocation)
	m.sort()
}

func (m *model) sort() { m.sections = sections(m.snapshot.Components, orders[m.order], m.isReversed) }

// Update handles keys, changes of the size, and the time.
func (m *model) Update(message tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch message := message.(type) {
	case tick:
		if !m.isPaused {
			m.refresh()
		}
		cmd = m.wait()
	case tea.WindowSizeMsg:
		m.width, m.height = message.Width, message.Height
	case tea.KeyPressMsg:
		cmd = m.handleKey(message.String())
	}
	m.offset = max(min(m.offset, m.rows()-m.page()), 0)
	return m, cmd
}

func (m *model) handleKey(key string) tea.Cmd {
	switch key {
	case "q", "ctrl+c":
		return tea.Quit
	case "ctrl+z":
		return tea.Suspend
	case "s":
		m.order = (m.order + 1) % len(orders)
		m.sort()
	case "S":
		m.order = (m.order + len(orders) - 1) % len(orders)
		m.sort()
	case "r":
		m.isReversed = !m.isReversed
		m.sort()
	case "f":
		m.Full = !m.Full
	case "p":
		m.isPaused = !m.isPaused
	case "up", "k":
		m.offset--
	case "down", "j":
		m.offset++
	case "pgup", "b":
		m.offset -= m.page()
	case "pgdown", "space":
		m.offset += m.page()
	case "home", "g":
		m.offset = 0
	case "end", "G":
		m.offset = m.rows()
	}
	return nil
}

// View returns the screen.
func (m *model) View() tea.View {
	v := tea.NewView(m.screen())
	v.AltScreen = true
	v.WindowTitle = m.Title
	return v
}
