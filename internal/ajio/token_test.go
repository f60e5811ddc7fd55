package ajio_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/ajio"
	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/simulate"
)

func (b bundle) logins() int { return len(b.sim.Ledger.Named(ajiotest.CallLogin)) }

// together makes twenty calls at once and returns their errors.
func together(t *testing.T, b bundle) []error {
	t.Helper()
	errs := make([]error, 20)
	var calls sync.WaitGroup
	for i := range errs {
		calls.Go(func() { _, errs[i] = b.client.Orders(t.Context(), []string{storyOrder}) })
	}
	calls.Wait()
	return errs
}

func TestATokenIsRenewedWhenFewerThanTenMinutesRemain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, step := range []struct {
		pass   time.Duration
		logins int
	}{{0, 1}, {10 * time.Minute, 1}, {10*time.Minute - time.Second, 1}, {time.Second, 2}, {19 * time.Minute, 2}, {8 * time.Hour, 3}} {
		b.clock.Advance(step.pass)
		_, err := b.client.Orders(t.Context(), []string{storyOrder})
		require.NoError(t, err)
		require.Equal(t, step.logins, b.logins(), "after %s", step.pass)
	}
}

func TestTwentyCallsShareOneLogin(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, err := range together(t, b) {
		require.NoError(t, err)
	}
	require.Equal(t, 1, b.logins())
}

func TestAnExpiredTokenMeansOneLoginAndOneRepeatForTwentyCalls(t *testing.T) {
	t.Parallel()
	b := setup(t)
	// The client's clock stands still, so that it learns of the expiry from the 401 alone.
	still := newClock()
	b.client = newClient(t, b.sim.URL, func(c *ajio.Config) { c.Now = still.Now })
	_, err := b.client.Orders(t.Context(), []string{storyOrder})
	require.NoError(t, err)
	b.clock.Advance(30 * time.Minute)
	for _, err := range together(t, b) {
		require.NoError(t, err)
	}
	require.Equal(t, 2, b.logins())
}

func TestACallIsRepeatedOnceAfterA401(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.place()
	b.sim.Faults.Next(ajiotest.CallAcknowledge, simulate.TokenExpired, 1)
	b.acceptAll(t, id)
	require.Equal(t, 2, b.logins())
	require.Len(t, b.sim.Ledger.Named(ajiotest.CallAcknowledge), 2)

	b.sim.Faults.Next(ajiotest.CallOrders, simulate.TokenExpired, 2)
	_, err := b.client.Orders(t.Context(), []string{id})
	require.True(t, ajio.IsKind(err, ajio.KindAuth), err)
	require.Len(t, b.sim.Ledger.Named(ajiotest.CallOrders), 2)
}

func TestARefusedLoginIsForAPersonAndTriedOnceForTwentyCalls(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.client = newClient(t, b.sim.URL, func(c *ajio.Config) { c.Password = "wrong password" })
	b.sim.Faults.SlowFor = 200 * time.Millisecond // all twenty wait for the one login
	b.sim.Faults.Next(ajiotest.CallLogin, simulate.Slow, 1)
	for _, err := range together(t, b) {
		require.True(t, ajio.IsKind(err, ajio.KindAuth), err)
		require.NotContains(t, err.Error(), "wrong password")
	}
	require.Equal(t, 1, b.logins())
}

func TestALoginFailsByItsKind(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		kind   ajio.Kind
	}{
		"401":            {says(401, `{"success": false, "statusCode": 401, "error_message": "SIM_TOKEN: no"}`), ajio.KindAuth},
		"200 and false":  {says(200, `{"success": false, "statusCode": 4, "error_message": "SIM_TOKEN: no"}`), ajio.KindAuth},
		"400":            {says(400, ``), ajio.KindAuth},
		"429":            {says(429, ``), ajio.KindThrottled},
		"500":            {says(500, `<html>`), ajio.KindTransport},
		"no token":       {says(200, `{"success": true, "statusCode": 0, "result": {"accessToken": ""}}`), ajio.KindMalformed},
		"another answer": {says(200, `{"token": "secret-token"}`), ajio.KindMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, stop := simulate.Listen(c.answer)
			t.Cleanup(stop)
			_, err := newClient(t, url).Orders(t.Context(), []string{storyOrder})
			require.True(t, ajio.IsKind(err, c.kind), err)
			require.ErrorContains(t, err, "Ajio, login")
			require.NotContains(t, err.Error(), "secret-token")
		})
	}
}

func TestATokenShorterThanDocumentedIsNotRenewedForEveryCall(t *testing.T) {
	t.Parallel()
	logins := 0
	url, stop := simulate.Listen(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/authToken" {
			logins++
			fmt.Fprintf(w, `{"success": true, "statusCode": "0", "result": {"accessToken": "t%d", "expiresIn": "300"}}`, logins)
			return
		}
		_, _ = w.Write(golden(t, "orders.response"))
	}))
	t.Cleanup(stop)
	at := newClock()
	client := newClient(t, url, func(c *ajio.Config) { c.Now = at.Now })
	for range 4 {
		_, err := client.Orders(t.Context(), []string{storyOrder})
		require.NoError(t, err)
		at.Advance(time.Minute)
	}
	require.Equal(t, 2, logins)
}

func TestNewSaysWhatToMend(t *testing.T) {
	t.Parallel()
	good := ajio.Config{BaseURL: "https://api.example/", Partner: "acme", Pob: "BLR1", Username: username, Password: password}
	_, err := ajio.New(good)
	require.NoError(t, err)
	for problem, spoil := range map[string]func(*ajio.Config){
		"base URL must be an absolute": func(c *ajio.Config) { c.BaseURL = "api.example" },
		"must not hold a credential":   func(c *ajio.Config) { c.BaseURL = "https://a:b@api.example" },
		"partner":                      func(c *ajio.Config) { c.Partner = "a/b" },
		"POB is missing":               func(c *ajio.Config) { c.Pob = "" },
		"username or password":         func(c *ajio.Config) { c.Password = "" },
		"page base is 2":               func(c *ajio.Config) { c.PageBase = 2 },
		"below zero":                   func(c *ajio.Config) { c.Timeout = -1 },
	} {
		config := good
		spoil(&config)
		_, err := ajio.New(config)
		require.ErrorContains(t, err, problem)
		require.NotContains(t, err.Error(), password)
	}
}
