package main

import (
	"context"
	"sync"
	"time"
)

// job is a job of the client.
type job struct {
	id     uint32
	size   uint64
	length int // of the queue when the job came

	queued, started, accepted, completed time.Time
}

// maxQueue bounds the jobs that wait. While the queue is full, no further jobs come.
const maxQueue = 1 << 20

// queue has jobs that wait. Its methods may be called by several goroutines.
type queue struct {
	mu   sync.Mutex // guards the field below
	jobs []*job

	more chan struct{} // of length 1: a job has come
}

func newQueue() *queue { return &queue{more: make(chan struct{}, 1)} }

// length returns the number of jobs.
func (q *queue) length() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.jobs)
}

// put adds a job at the end.
func (q *queue) put(j *job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	j.length = len(q.jobs)
	q.jobs = append(q.jobs, j)
	select {
	case q.more <- struct{}{}:
	default:
	}
}

// take waits for the first job. It returns nil after the end of the context.
func (q *queue) take(ctx context.Context) *job {
	for {
		if j := q.next(); j != nil {
			return j
		}
		select {
		case <-q.more:
		case <-ctx.Done():
			return nil
		}
	}
}

func (q *queue) next() *job {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.jobs) == 0 {
		return nil
	}
	j := q.jobs[0]
	q.jobs = q.jobs[1:]
	return j
}
