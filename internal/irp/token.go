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

// token returns a token to sign a call with, logging in if need be. rejected is the token that the IRP has just called
// invalid, "" otherwise.
func (c *Client) token(ctx context.Context, rejected string) (string, error) {
	token, err := c.session.Token(ctx, c.config.Now, rejected, c.login)
	if err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return "", &Error{Kind: KindUnavailable, Call: callLogin, Message: "given up: " + err.Error(), cause: err}
	}
	return token, err
}

// login asks for a token. It is used to its end: while a token lives, the IRP gives out the same one again.
func (c *Client) login(ctx context.Context) (string, time.Time, error) {
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
		return "", time.Time{}, err
	}
	var token wire.Token
	if err := unseal(data, &token); err != nil || token.AuthToken == "" {
		// Nothing of the answer goes into the error: it may hold a token.
		return "", time.Time{}, c.failed(k, KindMalformed, http.StatusOK, "the answer holds no token")
	}
	return token.AuthToken, asked.Add(wire.TokenLife), nil
}
