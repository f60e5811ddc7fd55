package ajio

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"vmsflow/internal/ajio/wire"
)

// renewBefore is how much of a token's life must be left to use it (contracts/ajio-vms.md §3, documented practice).
const renewBefore = 10 * time.Minute

// callLogin is the login's name in errors.
const callLogin = "login"

// session is a token with the moment from which it is renewed.
type session struct {
	token   string
	renewAt time.Time
}

// token returns a token to sign a call with, logging in if need be. rejected is the token that Ajio has just
// answered with 401, "" otherwise. However many calls need a token, one login runs at a time; they share its
// outcome, so that a wrong password is not tried once per call.
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
			return "", &Error{Kind: KindTransport, Call: callLogin, Message: "given up: " + ctx.Err().Error(), cause: ctx.Err()}
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

// usable returns the current token unless it is the rejected one or must be renewed.
func (c *Client) usable(rejected string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.session.token == rejected || !c.now().Before(c.session.renewAt) {
		return ""
	}
	return c.session.token
}

func (c *Client) login(ctx context.Context) (string, error) {
	k := call{name: callLogin}
	body, err := json.Marshal(wire.Login{Username: c.username, Password: c.password})
	if err != nil {
		return "", c.failed(k, KindRefused, 0, err.Error())
	}
	asked := c.now()
	got, err := c.exchange(ctx, k, http.MethodPost, c.base.String()+wire.PathLogin, body, "")
	if err != nil {
		return "", regrade(err, KindRefused, KindAuth) // refused in any shape, it needs another credential
	}
	var answer wire.LoginAnswer
	if err := wire.Decode(got.body, &answer); err != nil || answer.Result == nil || answer.Result.AccessToken == "" {
		// Nothing of the answer goes into the error: it may hold a token.
		return "", c.failed(k, KindMalformed, got.status, "the answer holds no access token")
	}
	life := wire.TokenLife
	if stated := time.Duration(answer.Result.ExpiresIn) * time.Second; stated > 0 {
		life = min(life, stated)
	}
	// A life shorter than documented would otherwise mean a login for every call.
	useful := max(life-renewBefore, life/2)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session = session{token: answer.Result.AccessToken, renewAt: asked.Add(useful)}
	return c.session.token, nil
}
