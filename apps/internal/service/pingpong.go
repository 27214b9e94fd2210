package service

import (
	"context"
	"errors"
	"fmt"

	"github.com/rserpool-go/rserpool/apps/pingpong"
	"github.com/rserpool-go/rserpool/asap"
)

// PingPong returns the service that answers pings by numbered pongs. For tests of
// failover it can break off each session after so many pongs; 0: it does not.
func PingPong(maxSessions int, failureAfter uint64) *Service {
	return &Service{
		Title:       "Ping Pong",
		PoolHandle:  pingpong.PoolHandle,
		MaxSessions: maxSessions,
		Handle:      func(ctx context.Context, s *Session) error { return pingPong(ctx, s, failureAfter) },
	}
}

func pingPong(ctx context.Context, s *Session, failureAfter uint64) error {
	state := pingpong.Cookie{ReplyNo: 1} // of the next pong
	for replies, first := uint64(0), true; ; first = false {
		item, err := s.Receive(ctx)
		if err != nil {
			return err
		}
		switch item := item.(type) {
		case asap.CookieEcho:
			if !first {
				return errLateCookie
			}
			if state, err = pingpong.ParseCookie(item.Cookie); err != nil {
				return err
			}
			s.Printf("goes on at pong %d", state.ReplyNo)
		case asap.Data:
			if err := answerPing(ctx, s, item, &state); err != nil {
				return err
			}
			if replies++; replies == failureAfter {
				s.Printf("broken off after %d pongs, as told", replies)
				return errFailureTest
			}
		}
	}
}

// Reasons to abort a session.
var (
	errLateCookie  = errors.New("cookie in the middle of a session")
	errFailureTest = errors.New("failure test")
)

// answerPing sends the pong, and the state that the next pong continues.
func answerPing(ctx context.Context, s *Session, d asap.Data, state *pingpong.Cookie) error {
	m, err := pingpong.Parse(d.Data)
	if err != nil {
		return err
	}
	ping, ok := m.(*pingpong.Ping)
	if !ok {
		return fmt.Errorf("%v from a pool user", m.Type())
	}
	pong := pingpong.Pong{MessageNo: ping.MessageNo, ReplyNo: state.ReplyNo, Data: ping.Data}
	data, err := pong.AppendBinary(nil)
	if err != nil {
		return err
	}
	if err := s.Send(ctx, asap.Data{PPID: pingpong.PPID, Data: data}); err != nil {
		return err
	}
	state.ReplyNo++
	cookie, err := state.AppendBinary(nil)
	if err != nil {
		return err
	}
	return s.SendCookie(ctx, cookie)
}
