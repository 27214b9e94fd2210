package main

import (
	"bufio"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"os"
	"time"

	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/tools/internal/dissect"
)

var (
	//go:embed page.html
	pageText string
	//go:embed page.css
	pageStyle string
)

// maxPoints bounds the latencies in a report.
const maxPoints = 2000

// htmlOutput collects a report, and writes it as a page of its own. The page has no script, and its
// content security policy permits none. Names in captures are hostile: html/template escapes all
// texts.
type htmlOutput struct {
	file io.WriteCloser
	name string // of the capture

	summary    *summary
	series     series
	points     sampled[latencyPoint]
	population population
	marks      marks
	ladder     ladder
	duration   time.Duration
}

func newHTMLOutput(file io.WriteCloser, d *decode.Decoder, name string) *htmlOutput {
	return &htmlOutput{
		file: file, name: dissect.Printable(name), summary: newSummary(nil, d, "text"), series: newSeries(),
		points: newSampled[latencyPoint](maxPoints), population: newPopulation(),
	}
}

func (o *htmlOutput) write(m *message) error {
	a := o.summary.count(m)
	o.duration = max(o.duration, m.Since)
	o.population.hear(m, a)
	b := o.series.at(m.Since)
	b.messages[groupOf(m)]++
	b.elements, b.pools = len(o.population.elements), len(o.population.pools)
	if a.request != "" {
		o.points.add(latencyPoint{m.Since, a.latency, groupOf(m), a.request})
	}
	kind := ""
	if o.marks.hear(m) {
		kind = o.marks.list[len(o.marks.list)-1].Kind
	}
	o.ladder.hear(m, kind)
	return nil
}

// page is the content of the page.
type page struct {
	Policy  string
	Style   template.CSS
	Name    string
	Totals  totals
	Charts  []chart
	Marks   []mark
	Ladder  ladderDrawing
	LeftOut []string
}

// end writes the page.
func (o *htmlOutput) end() error {
	t, err := template.New("page").Funcs(template.FuncMap{"seconds": seconds}).Parse(pageText)
	if err != nil {
		return err
	}
	hash := sha256.Sum256([]byte(pageStyle))
	list := o.marks.list
	out := bufio.NewWriter(o.file)
	err = t.Execute(out, page{
		Policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
			"'; base-uri 'none'; form-action 'none'",
		Style: template.CSS(pageStyle), //nolint:gosec // a constant
		Name:  o.name, Totals: o.summary.totals(), Marks: list, Ladder: o.ladder.drawing(), LeftOut: o.leftOut(),
		Charts: []chart{
			rateChart(&o.series, o.duration, list), latencyChart(o.points.items, o.duration, list),
			populationChart(&o.series, o.duration, list),
		},
	})
	return errors.Join(err, out.Flush(), o.file.Close())
}

// createPage creates the file of the page. The capture itself is not overwritten.
func (p *program) createPage() (*os.File, error) {
	if old, err := os.Stat(p.HTML); err == nil {
		if capture, err := os.Stat(p.File); err == nil && os.SameFile(old, capture) {
			return nil, &cli.UsageError{Err: fmt.Errorf("--html: %s is the capture", p.HTML)}
		}
	}
	return os.Create(p.HTML)
}

// leftOut lists the parts of the capture that the page lacks.
func (o *htmlOutput) leftOut() (list []string) {
	drawn := 0
	for i := range o.ladder.rungs {
		drawn += o.ladder.rungs[i].Gap
	}
	for _, c := range []struct {
		n    int
		what string
	}{
		{drawn + o.ladder.rest(), "messages from the ladder, which has the first ones and those around failovers and takeovers"},
		{o.points.seen - len(o.points.items), "answers from the chart of latencies"},
		{o.marks.leftOut, "failovers and takeovers"},
		{o.summary.leftOut, "associations from their table"},
		{o.population.leftOut, "registrations from the chart of elements and pools"},
	} {
		if c.n > 0 {
			list = append(list, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	return list
}
