package irp

import (
	"context"
	"errors"
	"net/http"
	"time"

	"vmsflow/internal/irp/wire"
)

// callLogin is the login's name in errors.
const callLogin = "login"

// session is a token with the moment at which it certainly ends. Renewing it before is of no use: while a token
// lives, the IRP gives out the same one again.
type session struct {
	token string
	ends  time.Time
}

// token returns a token to sign a call with, logging in if need be. rejected is the token that the IRP has just
// called invalid, "" otherwise. However many calls need a token, one login runs at a time; they share its outcome, so
// that a wrong password is not tried once per call.
func (c *Client) token(ctx context.Context, rejected string) (string, error) {
	for again := true; ; again = false {
		if token := c.usable(rejected); token != "" {
			return token, nil
		}
		// The login outlives the call that began it: others wait for it too.
		flight := c.logins.DoChan(callLogin, func() (any, error) {
			if token := c.usable(rejected); token != "" {
				return token, nil
			}
			return c.login(context.WithoutCancel(ctx))
		})
		select {
		case <-ctx.Done():
			return "", &Error{Kind: KindUnavailable, Call: callLogin, Message: "given up: " + ctx.Err().Error(), cause: ctx.Err()}
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

// usable returns the current token unless it is the rejected one or has ended.
func (c *Client) usable(rejected string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.session.token == rejected || !c.config.Now().Before(c.session.ends) {
		return ""
	}
	return c.session.token
}

func (c *Client) login(ctx context.Context) (string, error) {
	k := call{
		name: callLogin, method: http.MethodPost, path: wire.PathLogin,
		body: wire.Login{UserName: c.config.Username, Password: c.config.Password},
	}
	asked := c.config.Now()
	data, err := c.exchange(ctx, k, "")
	if failed, ok := errors.AsType[*Error](err); ok && failed.Kind == KindRefused {
		failed.Kind = KindAuth // refused for whatever reason, it needs another credential
	}
	if err != nil {
		return "", err
	}
	var token wire.Token
	if err := unseal(data, &token); err != nil || token.AuthToken == "" {
		// Nothing of the answer goes into the error: it may hold a token.
		return "", c.failed(k, KindMalformed, http.StatusOK, "the answer holds no token")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session = session{token: token.AuthToken, ends: asked.Add(wire.TokenLife)}
	return token.AuthToken, nil
}
