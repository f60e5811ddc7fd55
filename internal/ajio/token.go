package ajio

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"vmsflow/internal/ajio/wire"
)

// renewBefore is how much of a token's life must be left to use it (contracts/ajio-vms.md §3, documented practice).
const renewBefore = 10 * time.Minute

// callLogin is the login's name in errors.
const callLogin = "login"

// token returns a token to sign a call with, logging in if need be. rejected is the token that Ajio has just answered
// with 401, "" otherwise.
func (c *Client) token(ctx context.Context, rejected string) (string, error) {
	token, err := c.session.Token(ctx, c.now, rejected, c.login)
	if err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return "", &Error{Kind: KindTransport, Call: callLogin, Message: "given up: " + err.Error(), cause: err}
	}
	return token, err
}

func (c *Client) login(ctx context.Context) (string, time.Time, error) {
	k := call{name: callLogin}
	body, err := json.Marshal(wire.Login{Username: c.username, Password: c.password})
	if err != nil {
		return "", time.Time{}, c.failed(k, KindRefused, 0, err.Error())
	}
	asked := c.now()
	got, err := c.exchange(ctx, k, http.MethodPost, c.base.String()+wire.PathLogin, body, "")
	if err != nil {
		return "", time.Time{}, regrade(err, KindRefused, KindAuth) // refused in any shape, it needs another credential
	}
	var answer wire.LoginAnswer
	if err := wire.Decode(got.body, &answer); err != nil || answer.Result == nil || answer.Result.AccessToken == "" {
		// Nothing of the answer goes into the error: it may hold a token.
		return "", time.Time{}, c.failed(k, KindMalformed, got.status, "the answer holds no access token")
	}
	life := wire.TokenLife
	if stated := time.Duration(answer.Result.ExpiresIn) * time.Second; stated > 0 {
		life = min(life, stated)
	}
	// A life shorter than documented would otherwise mean a login for every call.
	useful := max(life-renewBefore, life/2)
	return answer.Result.AccessToken, asked.Add(useful), nil
}
