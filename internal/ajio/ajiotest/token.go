package ajiotest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"vmsflow/internal/ajio/wire"
)

// token is what a login handed out.
type token struct {
	pob     string
	expires time.Time
}

// window counts a user's calls in one minute.
type window struct {
	minute int64 // since 1970
	calls  int
}

// login answers POST /authToken.
func (s *Server) login(asked request) reply {
	var body wire.Login
	if err := json.Unmarshal(asked.body, &body); err != nil {
		return envelope(http.StatusBadRequest, simBadRequest, "the body is not a login")
	}
	for _, account := range s.accounts {
		if account.Username != body.Username || account.Password != body.Password {
			continue
		}
		for old, t := range s.tokens {
			if t.pob == account.Pob && (s.options.Quirks.NewLoginKillsTokens || !asked.now.Before(t.expires)) {
				delete(s.tokens, old)
			}
		}
		s.tokenCount++
		issued := fmt.Sprintf("simulated.%d.%016x", s.tokenCount, s.random.Uint64())
		s.tokens[issued] = token{pob: account.Pob, expires: asked.now.Add(wire.TokenLife)}
		return reply{client: account.Pob, body: wire.LoginAnswer{Success: true, Result: &wire.Token{
			AccessToken: issued, RefreshToken: "unused", ExpiresIn: wire.Count(wire.TokenLife / time.Second),
		}}}
	}
	return envelope(http.StatusUnauthorized, simToken, "unknown username or wrong password")
}

func refuseLogin(request) reply {
	return envelope(http.StatusUnauthorized, simToken, "login refused on demand")
}

// account finds whose token a call carries. The account of an expired token is still named, for the ledger.
func (s *Server) account(sent string, now time.Time) (_ Account, alive bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, known := s.tokens[sent]
	return s.accounts[t.pob], known && now.Before(t.expires)
}

func (s *Server) expire(sent string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tokens, sent)
}

// throttle counts a call and returns how long a user who has used up the minute must wait, 0 for not at all. A new
// token does not reset it.
func (s *Server) throttle(e endpoint, pob string, now time.Time) time.Duration {
	limit := s.options.ThrottlePerMinute
	if limit < 0 || e.free {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	current := s.windows[pob]
	if minute := now.Unix() / 60; current.minute != minute {
		current = window{minute: minute}
	}
	if current.calls >= limit {
		return time.Unix((current.minute+1)*60, 0).Sub(now)
	}
	current.calls++
	s.windows[pob] = current
	return 0
}
