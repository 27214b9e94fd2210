package corpus

import (
	"bufio"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

// A Coverage has the blocks of statements that a run has reached, by their places in the source.
type Coverage map[string]block

type block struct {
	statements int
	reached    bool
}

// readCoverage reads a profile of go test -coverprofile. A block that occurs several times is reached if any of its lines
// says so.
func readCoverage(r io.Reader) (Coverage, error) {
	out := make(Coverage)
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "mode: ") {
			continue
		}
		fields := strings.Fields(line)
		if len(fields) != 3 {
			return nil, fmt.Errorf("coverage profile: %q", line)
		}
		statements, err := strconv.Atoi(fields[1])
		if err != nil {
			return nil, fmt.Errorf("coverage profile: %w", err)
		}
		reached := out[fields[0]].reached || fields[2] != "0"
		out[fields[0]] = block{statements, reached}
	}
	return out, lines.Err()
}

// add adds the blocks that other has reached, and reports whether any is new.
func (c Coverage) add(other Coverage) (isMore bool) {
	for at, b := range other {
		if had := c[at]; !had.reached {
			isMore = isMore || b.reached
			c[at] = b
		}
	}
	return isMore
}

// exceeds reports whether c has reached a block that other has not.
func (c Coverage) exceeds(other Coverage) bool {
	for at, b := range c {
		if b.reached && !other[at].reached {
			return true
		}
	}
	return false
}

// count returns the number of statements that were reached, and of all statements, in the package with an import path; in
// all packages if the path is empty.
func (c Coverage) count(importPath string) (reached, all int) {
	for at, b := range c {
		file, _, _ := strings.Cut(at, ":")
		if importPath != "" && path.Dir(file) != importPath {
			continue
		}
		all += b.statements
		if b.reached {
			reached += b.statements
		}
	}
	return reached, all
}
