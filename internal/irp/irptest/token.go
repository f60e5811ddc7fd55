package irptest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"vmsflow/internal/gst"
	"vmsflow/internal/irp/wire"
)

// token is what a login handed out.
type token struct {
	text    string
	expires time.Time
}

// login answers POST /api/auth. While a token lives, it gives out the same one.
func (s *Server) login(asked request) reply {
	var body wire.Login
	if err := json.Unmarshal(asked.body, &body); err != nil {
		return refused(wire.CodeSchema, "the body is not a login")
	}
	for _, account := range s.options.Accounts {
		if account.Username != body.UserName {
			continue
		}
		if account.Password != body.Password {
			break
		}
		if asked.header.Get(wire.HeaderClientID) != account.ClientID || asked.header.Get(wire.HeaderClientSecret) != account.ClientSecret {
			return refused(wire.CodeClient, "wrong client id or client secret")
		}
		current := s.tokens[account.GSTIN]
		if !asked.now.Before(current.expires) {
			s.tokenCount++
			current = token{
				text:    fmt.Sprintf("simulated.%d.%s", s.tokenCount, rand.Text()),
				expires: asked.now.Add(wire.TokenLife),
			}
			s.tokens[account.GSTIN] = current
		}
		answer := done(wire.Token{
			AuthToken: current.text, TokenExpiry: wire.Text(current.expires.In(gst.IST).Format(time.DateTime)),
		})
		answer.client = account.GSTIN
		return answer
	}
	return refused(wire.CodeLogin, "wrong user name or password")
}

func refuseLogin(request) reply { return refused(wire.CodeLogin, "login refused on demand") }

// signedIn finds whose token a call carries and whether all its headers belong together. The GSTIN of an expired token
// is still named, for the ledger.
func (s *Server) signedIn(asked request) (gstin string, alive bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, account := range s.options.Accounts {
		current := s.tokens[account.GSTIN]
		if current.text == "" || current.text != asked.header.Get(wire.HeaderToken) {
			continue
		}
		return account.GSTIN, asked.now.Before(current.expires) &&
			asked.header.Get(wire.HeaderGSTIN) == account.GSTIN &&
			asked.header.Get(wire.HeaderUserName) == account.Username &&
			asked.header.Get(wire.HeaderClientID) == account.ClientID &&
			asked.header.Get(wire.HeaderClientSecret) == account.ClientSecret
	}
	return "", false
}

func (s *Server) expire(asked request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tokens, asked.gstin)
}
