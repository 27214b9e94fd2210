package main

import (
	"fmt"
	"math"
	"time"
)

// Places of a chart, in units of its view box.
const (
	chartWidth  = 960
	chartHeight = 220
	plotLeft    = 64
	plotRight   = chartWidth - 12
	plotTop     = 20
	plotBottom  = chartHeight - 28
)

// chart is a drawing over time.
type chart struct {
	Title, Unit   string
	Width, Height int
	Bars          []bar
	Lines         []polyline
	Dots          []dot
	XTicks        []tick
	YTicks        []tick
	Marks         []markLine
	Legend        []string // of classes
}

type bar struct {
	X, Y, W, H float64
	Class      string
	Title      string
}

type polyline struct {
	Points string
	Class  string
}

type dot struct {
	X, Y  float64
	Class string
	Title string
}

type tick struct {
	At    float64
	Label string
}

type markLine struct {
	X           float64
	Kind, Title string
}

// tenth rounds a place.
func tenth(v float64) float64 { return math.Round(v*10) / 10 }

// axis maps a range of values to a range of places.
type axis struct{ from, to, first, last float64 }

func (a axis) at(v float64) float64 {
	if a.to <= a.from {
		return a.first
	}
	return tenth(a.first + (v-a.from)/(a.to-a.from)*(a.last-a.first))
}

// timeAxis returns the axis of the time of a capture, in seconds.
func timeAxis(end time.Duration) axis {
	return axis{0, max(end.Seconds(), 0.001), plotLeft, plotRight}
}

// valueAxis returns the axis of values from 0 to most.
func valueAxis(most float64) axis { return axis{0, most, plotBottom, plotTop} }

// steps returns round values from 0 to at most the end of an axis, about n of them.
func steps(end float64, n int) []float64 {
	if end <= 0 {
		return nil
	}
	size := math.Pow(10, math.Floor(math.Log10(end/float64(n))))
	for _, factor := range []float64{1, 2, 5, 10} {
		if end/(size*factor) <= float64(n) {
			size *= factor
			break
		}
	}
	var values []float64
	for i := 0; float64(i)*size <= end*1.0001 && i <= 2*n; i++ {
		values = append(values, float64(i)*size)
	}
	return values
}

// newChart returns a chart with its axes.
func newChart(title, unit string, x, y axis, list []mark) chart {
	c := chart{Title: title, Unit: unit, Width: chartWidth, Height: chartHeight}
	for _, v := range steps(x.to, 10) {
		c.XTicks = append(c.XTicks, tick{x.at(v), fmt.Sprintf("%g s", tenth3(v))})
	}
	for _, v := range steps(y.to, 4) {
		c.YTicks = append(c.YTicks, tick{y.at(v), fmt.Sprintf("%g", tenth3(v))})
	}
	for _, m := range list {
		c.Marks = append(c.Marks, markLine{x.at(m.Since.Seconds()), m.Kind, seconds(m.Since) + " " + m.Kind + ": " + m.Text})
	}
	return c
}

// tenth3 rounds a value of an axis.
func tenth3(v float64) float64 { return math.Round(v*1000) / 1000 }

// seconds returns a time since the first packet.
func seconds(d time.Duration) string { return fmt.Sprintf("%.6f s", d.Seconds()) }

// rateChart draws the messages per second.
func rateChart(s *series, end time.Duration, list []mark) chart {
	most := 0
	for i := range s.buckets {
		sum := 0
		for _, n := range s.buckets[i].messages {
			sum += n
		}
		most = max(most, sum)
	}
	perBucket := s.width.Seconds()
	x, y := timeAxis(end), valueAxis(max(float64(most)/perBucket, 1))
	c := newChart("Messages", "per second", x, y, list)
	for i := range s.buckets {
		c.Bars = append(c.Bars, stack(&s.buckets[i], s.width, time.Duration(i)*s.width, x, y)...)
	}
	c.Legend = groupNames[:]
	return c
}

// stack draws the messages of a bucket on top of each other.
func stack(b *bucket, width, from time.Duration, x, y axis) (bars []bar) {
	left := x.at(from.Seconds())
	right := min(x.at((from + width).Seconds()), plotRight)
	base := 0.0
	for group, n := range b.messages {
		if n == 0 {
			continue
		}
		rate := float64(n) / width.Seconds()
		top := y.at(base + rate)
		bars = append(bars, bar{
			X: left, Y: top, W: max(tenth(right-left-0.6), 0.5), H: tenth(y.at(base) - top), Class: groupNames[group],
			Title: fmt.Sprintf("%g s: %d of %s", from.Seconds(), n, groupNames[group]),
		})
		base += rate
	}
	return bars
}

// latencyPoint is the latency of an answer.
type latencyPoint struct {
	since   time.Duration
	latency time.Duration
	group   int
	request string
}

// latencyChart draws latencies over a logarithmic axis.
func latencyChart(points []latencyPoint, end time.Duration, list []mark) chart {
	low, high := 0.0, 3.0 // powers of ten of microseconds
	power := func(d time.Duration) float64 { return math.Log10(max(float64(d)/1e3, 1)) }
	for _, p := range points {
		high = max(high, math.Ceil(power(p.latency)))
	}
	x, y := timeAxis(end), axis{low, high, plotBottom, plotTop}
	c := newChart("Latency of answers", "logarithmic", x, axis{}, list)
	for v := low; v <= high; v++ {
		c.YTicks = append(c.YTicks, tick{y.at(v), (time.Duration(math.Pow(10, v)) * time.Microsecond).String()})
	}
	for _, p := range points {
		c.Dots = append(c.Dots, dot{
			x.at(p.since.Seconds()), y.at(power(p.latency)), groupNames[p.group],
			fmt.Sprintf("%s %s: %v", seconds(p.since), p.request, p.latency),
		})
	}
	c.Legend = groupNames[:]
	return c
}

// populationChart draws the numbers of elements and pools.
func populationChart(s *series, end time.Duration, list []mark) chart {
	most := 1
	for i := range s.buckets {
		most = max(most, s.buckets[i].elements)
	}
	x, y := timeAxis(end), valueAxis(float64(most)*1.1)
	c := newChart("Registered", "number", x, y, list)
	var elements, pools string
	for i, b := range s.buckets {
		left := x.at((time.Duration(i) * s.width).Seconds())
		right := min(x.at((time.Duration(i+1) * s.width).Seconds()), plotRight)
		elements += fmt.Sprintf("%g,%g %g,%g ", left, y.at(float64(b.elements)), right, y.at(float64(b.elements)))
		pools += fmt.Sprintf("%g,%g %g,%g ", left, y.at(float64(b.pools)), right, y.at(float64(b.pools)))
	}
	c.Lines = []polyline{{elements, "elements"}, {pools, "pools"}}
	c.Legend = []string{"elements", "pools"}
	return c
}
