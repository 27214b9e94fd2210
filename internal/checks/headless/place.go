// Package headless measures and limits headless words in prose. A headless word, such as "what" or "those", stands for
// a noun that the sentence does not name.
//
// The prose of a module is the comments of its Go files, without tests, generated files and directives. The prose of a
// document is its text without code. A table in the tree permits a density to each place that is not yet below the
// [Limit]; the figures in the table only fall.
package headless

import (
	"cmp"
	"path"
	"slices"

	"github.com/rserpool-go/rserpool/internal/checks/source"
)

// A Place is a module or a document.
type Place struct {
	Name     string // the folder of a module, the file name of a document
	Words    int
	Headless int

	sentences []sentence // with headless words, in order
}

// Measure returns the modules and the documents of t in lexical order. A module without comments is a place too.
func Measure(t *source.Tree) []*Place {
	places := make(map[string]*Place)
	for _, module := range t.Modules {
		places[module] = &Place{Name: module}
	}
	for _, f := range t.Files {
		if f.IsPlain() {
			readComments(f, placeOf(places, f.Module).add)
		}
	}
	for _, d := range t.Documents {
		readDocument(d, placeOf(places, d.Name).add)
	}
	var sorted []*Place
	for _, p := range places {
		sorted = append(sorted, p)
	}
	slices.SortFunc(sorted, func(a, b *Place) int { return cmp.Compare(a.Name, b.Name) })
	return sorted
}

// placeOf returns the place called name, and adds it if necessary.
func placeOf(places map[string]*Place, name string) *Place {
	p := places[name]
	if p == nil {
		p = &Place{Name: name}
		places[name] = p
	}
	return p
}

// add counts a sentence.
func (p *Place) add(s sentence) {
	p.Words += s.words
	p.Headless += len(s.headless)
	if len(s.headless) > 0 {
		p.sentences = append(p.sentences, s)
	}
}

// Density returns the density of headless words in p.
func (p *Place) Density() Density {
	return density(p.Headless, p.Words)
}

// IsDocument reports whether p is a document and no module.
func (p *Place) IsDocument() bool {
	return path.Ext(p.Name) == ".md"
}

// worst returns the n sentences with the most headless words; among equals, the shortest come first.
func (p *Place) worst(n int) []sentence {
	sorted := slices.SortedStableFunc(slices.Values(p.sentences), func(a, b sentence) int {
		return cmp.Or(cmp.Compare(len(b.headless), len(a.headless)), cmp.Compare(a.words, b.words))
	})
	return sorted[:min(n, len(sorted))]
}
