package headless

import (
	"go/ast"
	"regexp"
	"strings"

	"github.com/rserpool-go/rserpool/internal/checks/source"
)

var (
	// directive matches comments for tools, such as //go:build and //nolint:unparam.
	directive = regexp.MustCompile(`^//([a-z0-9]+:[a-z0-9]|nolint\b|line |export |extern )`)

	// item matches the beginning of a list item.
	item = regexp.MustCompile(`^([-*+•]|\d+[.)])\s`)
)

// readComments passes the sentences in the comments of f to emit.
func readComments(f *source.File, emit func(sentence)) {
	s := splitter{file: f.Name, emit: emit}
	for _, group := range f.Syntax.Comments {
		for _, comment := range group.List {
			if directive.MatchString(comment.Text) {
				continue
			}
			readComment(&s, f.Line(comment.Pos()), comment)
		}
		s.endParagraph()
	}
}

// readComment adds the text of a line comment or a block comment, which begins at line.
func readComment(s *splitter, line int, comment *ast.Comment) {
	text, isLine := strings.CutPrefix(comment.Text, "//")
	if !isLine {
		text = strings.TrimSuffix(strings.TrimPrefix(text, "/*"), "*/")
	}
	for i, row := range strings.Split(text, "\n") {
		row = strings.TrimSpace(row)
		if row == "" || item.MatchString(row) || strings.HasPrefix(row, "# ") {
			s.endParagraph()
		}
		s.add(line+i, row)
	}
}
