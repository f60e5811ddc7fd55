package remote

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// Session is the token of a credential. However many calls need one, one login runs at a time; they share its outcome, so
// that a wrong password is not tried once per call. Its zero value has no token; it is safe for concurrent use.
type Session struct {
	flights singleflight.Group

	mu    sync.Mutex
	token string
	until time.Time
}

// Login asks for a token and says until when it is used.
type Login func(ctx context.Context) (token string, until time.Time, err error)

// Token returns a token to sign a call with, logging in if need be. rejected is the token that the other side has just
// called invalid, "" otherwise. The error is that of the login, or the context's when the call was given up.
func (s *Session) Token(ctx context.Context, now func() time.Time, rejected string, login Login) (string, error) {
	for again := true; ; again = false {
		if token := s.usable(now, rejected); token != "" {
			return token, nil
		}
		// The login outlives the call that began it: others wait for it too.
		flight := s.flights.DoChan("login", func() (any, error) {
			if token := s.usable(now, rejected); token != "" {
				return token, nil
			}
			return s.renew(context.WithoutCancel(ctx), login)
		})
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case done := <-flight:
			if done.Err != nil {
				return "", done.Err
			}
			token := done.Val.(string)
			if token == rejected && again {
				continue // joined a flight that did not know yet that this token is dead
			}
			return token, nil
		}
	}
}

// Current is the token that was handed out last, for keeping it out of texts; it may be dead.
func (s *Session) Current() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token
}

// usable returns the current token unless it is the rejected one or its time is over.
func (s *Session) usable(now func() time.Time, rejected string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == rejected || !now().Before(s.until) {
		return ""
	}
	return s.token
}

func (s *Session) renew(ctx context.Context, login Login) (string, error) {
	token, until, err := login(ctx)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token, s.until = token, until
	return token, nil
}
