package headless

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/internal/checks/source"
)

// readText returns the sentences of a document as "line: text".
func readText(text string) []string {
	var got []string
	readDocument(&source.Document{Name: "x.md", Text: text}, func(s sentence) {
		got = append(got, fmt.Sprintf("%d: %s", s.line, s.text))
	})
	return got
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text string
		want []string
	}{
		"sentences":          {"First one. Second\nit is, e.g. here (3.2).", []string{"1: First one.", "1: Second it is, e.g. here (3.2)."}},
		"headings and lists": {"# Title\ntext\n- item\n  more\n1. last", []string{"1: Title", "2: text", "3: - item more", "5: 1. last"}},
		"quote":              {"> said it\n> is so", []string{"1: said it is so"}},
		"fence":              {"a\n```sh\nwho\n```\nb", []string{"1: a", "5: b"}},
		"longer fence":       {"````\nwho\n```\nwho\n````\nb", []string{"6: b"}},
		"indented code":      {"a\n\n    who\n\n    who\n\nb", []string{"1: a", "7: b"}},
		"indented text":      {"- a\n\n    who\n", []string{"1: - a", "3: who"}},
		"inline code":        {"a `who\nwho` b ``what ` what`` c `", []string{"1: a `…` b `…` c `"}},
		"table":              {"| a `who` | b |\n| --- | --- |\n| c | d |", []string{"1: a `…`", "1: b", "2: ---", "2: ---", "3: c", "3: d"}},
		"links":              {"[a who](https://what/(who)) [b][who] ![c](one.png) <https://who>\n\n[x]: one/who", []string{"1: a who b c"}},
		"html":               {"a <!-- who\nwho --> b\n<br id=\"who\">c", []string{"1: a b c"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := readText(test.text); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestSentence(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		words    int
		headless []string
	}{
		"Another one, and the other: What it\nis.":    {8, []string{"another one", "the other", "what", "it is"}},
		"Those of ours, that of theirs.":              {6, []string{"those", "that of"}},
		"one that ones one":                           {4, []string{"one that", "ones", "one"}},
		"they are 3 - https://one.example/who wholly": {4, []string{"they are"}},
		"Whatever someone bones it isn't":             {5, nil},
	}
	for text, want := range tests {
		var got sentence
		s := splitter{emit: func(s sentence) { got = s }}
		s.add(1, text)
		s.endParagraph()
		if got.words != want.words || !slices.Equal(got.headless, want.headless) {
			t.Errorf("%q has %d words and headless %q, want %d and %q", text, got.words, got.headless, want.words, want.headless)
		}
	}
}

func TestLongSentenceIsCut(t *testing.T) {
	t.Parallel()
	s := sentence{file: "a.md", line: 3, text: strings.Repeat("ä", 200), headless: []string{"one", "who"}}
	if got, want := s.String(), "a.md:3: (one, who) "+strings.Repeat("ä", 159)+"…"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
