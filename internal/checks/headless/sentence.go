package headless

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// pattern matches headless words in lower-case text.
//
// The reader of such a word has to find its noun elsewhere, often in another sentence. Some uses are plain grammar, so
// the density in a place is limited, and not the single use.
var pattern = regexp.MustCompile(`\b(what|who|those|that of|those of|one that|ones?|another one|the other|it is|they are)\b`)

// A sentence is a part of a place's prose.
type sentence struct {
	file     string
	line     int // of the first word
	text     string
	words    int
	headless []string
}

// String returns the sentence with its position and its headless words.
func (s *sentence) String() string {
	text := s.text
	const limit = 160 // runes: two lines of a terminal
	if runes := []rune(text); len(runes) > limit {
		text = string(runes[:limit-1]) + "…"
	}
	return fmt.Sprintf("%s:%d: (%s) %s", s.file, s.line, strings.Join(s.headless, ", "), text)
}

// A splitter cuts running text into sentences.
type splitter struct {
	file  string
	emit  func(sentence)
	line  int      // of the first field
	words []string // of the sentence so far
}

// add adds a line of text to the paragraph.
func (s *splitter) add(line int, text string) {
	for field := range strings.FieldsSeq(text) {
		if s.isEnd() && !startsLower(field) {
			s.endParagraph()
		}
		if len(s.words) == 0 {
			s.line = line
		}
		s.words = append(s.words, field)
	}
}

// endParagraph ends the current sentence, whether or not it has a full stop.
func (s *splitter) endParagraph() {
	if len(s.words) == 0 {
		return
	}
	out := sentence{file: s.file, line: s.line, text: strings.Join(s.words, " ")}
	prose := slices.DeleteFunc(s.words, isAddress)
	for _, field := range prose {
		if isWord(field) {
			out.words++
		}
	}
	out.headless = pattern.FindAllString(strings.ToLower(strings.Join(prose, " ")), -1)
	s.words = s.words[:0]
	s.emit(out)
}

// isEnd reports whether the last field may end a sentence.
func (s *splitter) isEnd() bool {
	if len(s.words) == 0 {
		return false
	}
	last := strings.TrimRight(s.words[len(s.words)-1], "\"'”’)*_`")
	return strings.HasSuffix(last, ".") || strings.HasSuffix(last, "!") || strings.HasSuffix(last, "?")
}

// startsLower reports whether the field begins with a lower-case letter, as after "e.g.".
func startsLower(field string) bool {
	r, _ := utf8.DecodeRuneInString(field)
	return unicode.IsLower(r)
}

// isAddress reports whether the field is a URL.
func isAddress(field string) bool {
	return strings.Contains(field, "://")
}

// isWord reports whether the field is more than punctuation.
func isWord(field string) bool {
	return strings.ContainsFunc(field, func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r)
	})
}
