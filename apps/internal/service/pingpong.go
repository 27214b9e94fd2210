package service

import (
	"context"
	"errors"
	"fmt"

	"github.com/rserpool-go/rserpool/apps/pingpong"
	"github.com/rserpool-go/rserpool/asap"
)

// PingPong returns the service that answers pings by numbered pongs. For tests of failover it
// aborts each session after failureAfter pongs. 0: it does not.
func PingPong(maxSessions int, failureAfter uint64) *Service {
	return &Service{
		Title:       "Ping Pong",
		Pool:        pingpong.PoolHandle,
		MaxSessions: maxSessions,
		Serve:       func(ctx context.Context, s *Session) error { return pingPong(ctx, s, failureAfter) },
	}
}

// errFailureTest aborts a session.
var errFailureTest = errors.New("failure test")

func pingPong(ctx context.Context, s *Session, failureAfter uint64) error {
	next := pingpong.Cookie{ReplyNo: 1} // the state before the next pong
	replies := uint64(0)
	for m, err := range s.Messages(ctx) {
		if err != nil {
			return err
		}
		if replies == 0 {
			if err := resume(s, &next); err != nil {
				return err
			}
		}
		if err := answerPing(ctx, s, m, &next); err != nil {
			return err
		}
		if replies++; replies == failureAfter {
			s.Printf("aborted after %d pongs, as configured", replies)
			return errFailureTest
		}
	}
	return nil
}

// resume continues the session of another element, if there was one.
func resume(s *Session, next *pingpong.Cookie) error {
	state, resumed, err := s.State()
	if err != nil || !resumed {
		return err
	}
	if *next, err = pingpong.ParseCookie(state); err != nil {
		return err
	}
	s.Printf("resumed at pong %d", next.ReplyNo)
	return nil
}

// answerPing sends the pong, and then the state for the element that sends the next pong.
func answerPing(ctx context.Context, s *Session, m asap.Message, next *pingpong.Cookie) error {
	message, err := pingpong.Parse(m.Data)
	if err != nil {
		return err
	}
	ping, ok := message.(*pingpong.Ping)
	if !ok {
		return fmt.Errorf("%v from a pool user", message.Type())
	}
	pong := pingpong.Pong{MessageNo: ping.MessageNo, ReplyNo: next.ReplyNo, Data: ping.Data}
	data, err := pong.AppendBinary(nil)
	if err != nil {
		return err
	}
	if err := s.Send(ctx, asap.Message{PPID: pingpong.PPID, Data: data}); err != nil {
		return err
	}
	next.ReplyNo++
	state, err := next.AppendBinary(nil)
	if err != nil {
		return err
	}
	return s.SetState(ctx, state)
}
