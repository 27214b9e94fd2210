package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// TestStandardToEnd writes to a pipe long after the end of the context.
func TestStandardToEnd(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		out := StandardToEnd(ctx, w)
		cancel()
		time.Sleep(time.Hour)
		if n, err := out.Write([]byte("text")); n != 4 || err != nil {
			t.Errorf("%d octets, %v", n, err)
		}
	})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); string(got) != "text" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestUntilWritten holds that the last output has some time, and that a program may end before.
func TestUntilWritten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		writing, giveUp := untilWritten(ctx)
		defer giveUp()
		time.Sleep(time.Hour)
		cancel()
		time.Sleep(lastOutput - time.Nanosecond)
		if synctest.Wait(); writing.Err() != nil {
			t.Error("the output has no time")
		}
		time.Sleep(time.Nanosecond)
		if synctest.Wait(); !errors.Is(context.Cause(writing), errNobodyReads) {
			t.Errorf("after that time: %v", context.Cause(writing))
		}

		writing, giveUp = untilWritten(t.Context())
		giveUp()
		if writing.Err() == nil {
			t.Error("the output is not given up")
		}
	})
}
