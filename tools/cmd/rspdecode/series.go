package main

import "time"

// Bounds of a series.
const (
	maxBuckets   = 240
	firstBucket  = 500 * time.Millisecond
	bucketGrowth = 2
)

// series counts messages over time, in buckets of equal width. When the capture gets longer than the
// buckets, they become wider.
type series struct {
	width   time.Duration
	buckets []bucket
}

// bucket has the figures of a part of the capture.
type bucket struct {
	messages [groups]int
	// elements and pools are the numbers at the end of the bucket.
	elements, pools int
}

func newSeries() series { return series{width: firstBucket} }

// at returns the bucket of a time since the first packet. New buckets have the population of the
// bucket before.
func (s *series) at(since time.Duration) *bucket {
	since = max(since, 0)
	for since/s.width >= maxBuckets {
		s.widen()
	}
	i := int(since / s.width)
	for len(s.buckets) <= i {
		var b bucket
		if n := len(s.buckets); n > 0 {
			b.elements, b.pools = s.buckets[n-1].elements, s.buckets[n-1].pools
		}
		s.buckets = append(s.buckets, b)
	}
	return &s.buckets[i]
}

// widen joins pairs of buckets.
func (s *series) widen() {
	s.width *= bucketGrowth
	joined := s.buckets[:0]
	for i := 0; i < len(s.buckets); i += bucketGrowth {
		b := s.buckets[i]
		if i+1 < len(s.buckets) {
			next := s.buckets[i+1]
			for g, n := range next.messages {
				b.messages[g] += n
			}
			b.elements, b.pools = next.elements, next.pools
		}
		joined = append(joined, b)
	}
	s.buckets = joined
}

// sampled is an evenly thinned list of bounded length.
type sampled[T any] struct {
	limit, step, seen int
	items             []T
}

func newSampled[T any](limit int) sampled[T] { return sampled[T]{limit: limit, step: 1} }

// add adds an item, or skips it.
func (s *sampled[T]) add(item T) {
	s.seen++
	if (s.seen-1)%s.step != 0 {
		return
	}
	if len(s.items) >= s.limit {
		half := s.items[:0]
		for i := 0; i < len(s.items); i += 2 {
			half = append(half, s.items[i])
		}
		s.items = half
		s.step *= 2
		if (s.seen-1)%s.step != 0 {
			return
		}
	}
	s.items = append(s.items, item)
}
