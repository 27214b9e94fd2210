package headless

import (
	"regexp"
	"strings"

	"github.com/rserpool-go/rserpool/internal/checks/source"
)

var (
	fence      = regexp.MustCompile("^(`{3,}|~{3,})")
	block      = regexp.MustCompile(`^(#{1,6}\s|\||[-*+]\s|\d+[.)]\s)`) // the first line of a heading, row or item
	definition = regexp.MustCompile(`^\[[^\]]+\]:\s`)
	htmlNote   = regexp.MustCompile(`(?s)<!--.*?-->`)
	htmlTag    = regexp.MustCompile(`</?[a-zA-Z][^<>]*>`) // autolinks too
	link       = regexp.MustCompile(`!?\[([^\]]*)\](\([^()]*(\([^()]*\)[^()]*)*\)|\[[^\]]*\])`)
	backticks  = regexp.MustCompile("`+")
	notNewline = regexp.MustCompile(`[^\n]+`)
)

// A markdown reader finds the prose of a document. Code blocks, inline code and the targets of links are no prose.
type markdown struct {
	splitter
	fence     string // the fence of the open code block
	isItem    bool   // the last block is a list item, so indented lines belong to it
	isCode    bool   // the last line is in an indented code block
	paragraph []string
	start     int // line of paragraph[0]
}

// readDocument passes the sentences of d to emit.
func readDocument(d *source.Document, emit func(sentence)) {
	m := markdown{splitter: splitter{file: d.Name, emit: emit}}
	text := htmlNote.ReplaceAllStringFunc(d.Text, keepLines)
	for i, line := range strings.Split(text, "\n") {
		line, isQuote := strings.CutPrefix(strings.TrimRight(line, " \t\r"), ">")
		if isQuote {
			line = strings.TrimPrefix(line, " ")
		}
		m.readLine(i+1, line)
	}
	m.flush()
}

// readLine reads a line of the document.
func (m *markdown) readLine(number int, line string) {
	trimmed := strings.TrimSpace(line)
	switch {
	case m.fence != "":
		if rest, ok := strings.CutPrefix(trimmed, m.fence); ok && strings.Trim(rest, m.fence[:1]) == "" {
			m.fence = ""
		}
		return
	case fence.MatchString(trimmed):
		m.flush()
		m.fence = fence.FindString(trimmed)
		return
	case trimmed == "":
		m.flush()
		return
	case m.isIndentedCode(line):
		m.isCode = true
		return
	}
	m.isCode = false
	if block.MatchString(trimmed) {
		m.flush()
		m.isItem = item.MatchString(trimmed)
	} else if line == trimmed && len(m.paragraph) == 0 {
		m.isItem = false
	}
	if len(m.paragraph) == 0 {
		m.start = number
	}
	if definition.MatchString(trimmed) {
		trimmed = ""
	}
	m.paragraph = append(m.paragraph, trimmed)
	if strings.HasPrefix(trimmed, "#") {
		m.flush()
	}
}

// isIndentedCode reports whether the line belongs to a code block without a fence. An indented line below a paragraph
// or a list item continues it.
func (m *markdown) isIndentedCode(line string) bool {
	indented := strings.HasPrefix(line, "    ") || strings.HasPrefix(line, "\t")
	return indented && !m.isItem && (m.isCode || len(m.paragraph) == 0)
}

// flush splits the current paragraph into sentences. Each cell of a table row ends a sentence.
func (m *markdown) flush() {
	if len(m.paragraph) == 0 {
		return
	}
	text := dropCode(strings.Join(m.paragraph, "\n"))
	text = htmlTag.ReplaceAllStringFunc(link.ReplaceAllString(text, "$1"), keepLines)
	isRow := strings.HasPrefix(text, "|")
	for i, line := range strings.Split(text, "\n") {
		if !isRow {
			m.add(m.start+i, strings.TrimLeft(line, "# "))
			continue
		}
		for cell := range strings.SplitSeq(line, "|") {
			m.add(m.start+i, cell)
			m.endParagraph()
		}
	}
	m.endParagraph()
	m.paragraph = m.paragraph[:0]
}

// dropCode replaces each code span by a mark that counts as no word. Line breaks stay.
func dropCode(text string) string {
	var out strings.Builder
	for {
		open := backticks.FindStringIndex(text)
		if open == nil {
			break
		}
		marks, rest := text[open[0]:open[1]], text[open[1]:]
		length := closingMarks(rest, len(marks))
		if length < 0 { // a lone backtick
			out.WriteString(text[:open[1]])
			text = rest
			continue
		}
		out.WriteString(text[:open[0]] + "`…`" + keepLines(rest[:length]))
		text = rest[length+len(marks):]
	}
	return out.String() + text
}

// closingMarks returns the index of the first run of exactly n backticks, and -1 without such a run.
func closingMarks(text string, n int) int {
	for _, at := range backticks.FindAllStringIndex(text, -1) {
		if at[1]-at[0] == n {
			return at[0]
		}
	}
	return -1
}

// keepLines returns the line breaks of s, so that later lines keep their numbers.
func keepLines(s string) string {
	return notNewline.ReplaceAllString(s, "")
}
