package irp_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/irp"
	"vmsflow/internal/irp/irptest"
	"vmsflow/internal/simulate"
)

func (b bundle) logins() int { return len(b.sim.Ledger.Named(irptest.CallLogin)) }

// together makes twenty calls at once and returns their errors.
func together(t *testing.T, client *irp.Client) []error {
	t.Helper()
	errs := make([]error, 20)
	var calls sync.WaitGroup
	for i := range errs {
		calls.Go(func() { _, errs[i] = client.Find(t.Context(), storyIRN) })
	}
	calls.Wait()
	return errs
}

func TestTwentyCallsShareOneLogin(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, err := range together(t, b.client) {
		require.NoError(t, err)
	}
	require.Equal(t, 1, b.logins())
}

func TestATokenIsUsedForSixHours(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, step := range []struct {
		pass   time.Duration
		logins int
	}{{0, 1}, {6*time.Hour - time.Second, 1}, {time.Second, 2}, {5 * time.Hour, 2}, {time.Hour, 3}} {
		b.clock.Advance(step.pass)
		_, err := b.client.Find(t.Context(), storyIRN)
		require.NoError(t, err)
		require.Equal(t, step.logins, b.logins(), "after %s", step.pass)
	}
	require.Len(t, b.sim.Ledger.Named(irptest.CallRead), 5, "no call was wasted on a dead token")
}

func TestAnExpiredTokenMeansOneLoginAndOneRepeatForTwentyCalls(t *testing.T) {
	t.Parallel()
	b := setup(t)
	// The client's clock stands still, so that it learns of the expiry from code 1005 alone.
	client := newClient(t, b.sim.URL, func(c *irp.Config) { c.Now = newClock().Now })
	_, err := client.Find(t.Context(), storyIRN)
	require.NoError(t, err)
	b.clock.Advance(6 * time.Hour)
	for _, err := range together(t, client) {
		require.NoError(t, err)
	}
	require.Equal(t, 2, b.logins())
}

func TestACallIsRepeatedOnceAfterCode1005(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.sim.Faults.Next(irptest.CallRegister, simulate.TokenExpired, 1)
	_, err := b.client.Register(t.Context(), story())
	require.NoError(t, err)
	require.Equal(t, 2, b.logins())
	require.Len(t, b.sim.Ledger.Named(irptest.CallRegister), 2)

	b.sim.Faults.Next(irptest.CallRead, simulate.TokenExpired, 2)
	_, err = b.client.Find(t.Context(), storyIRN)
	require.True(t, irp.IsKind(err, irp.KindAuth), err)
	require.Len(t, b.sim.Ledger.Named(irptest.CallRead), 2)
}

func TestARefusedLoginIsForAPersonAndTriedOnceForTwentyCalls(t *testing.T) {
	t.Parallel()
	b := setup(t)
	client := newClient(t, b.sim.URL, func(c *irp.Config) { c.Password = "wrong password" })
	b.sim.Faults.SlowFor = 200 * time.Millisecond // all twenty wait for the one login
	b.sim.Faults.Next(irptest.CallLogin, simulate.Slow, 1)
	for _, err := range together(t, client) {
		require.True(t, irp.IsKind(err, irp.KindAuth), err)
		require.NotContains(t, err.Error(), "wrong password")
	}
	require.Equal(t, 1, b.logins())
}

func TestALoginFailsByItsKind(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		kind   irp.Kind
	}{
		"wrong password":    {says(200, refusal("1008")), irp.KindAuth},
		"an unknown code":   {says(200, refusal("1999")), irp.KindAuth},
		"not per schema":    {says(200, refusal("2140")), irp.KindAuth},
		"401":               {says(401, ``), irp.KindAuth},
		"404":               {says(404, ``), irp.KindAuth},
		"429":               {says(429, ``), irp.KindThrottled},
		"500":               {says(500, `<html>`), irp.KindUnavailable},
		"no token":          {says(200, `{"Status": 1, "Data": {"AuthToken": ""}}`), irp.KindMalformed},
		"another answer":    {says(200, `{"Status": 1, "Data": "secret-token"}`), irp.KindMalformed},
		"no answer of ours": {says(200, `secret-token`), irp.KindMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, stop := simulate.Listen(c.answer)
			t.Cleanup(stop)
			_, err := newClient(t, url).Find(t.Context(), storyIRN)
			require.True(t, irp.IsKind(err, c.kind), err)
			require.ErrorContains(t, err, "IRP, login")
			require.NotContains(t, err.Error(), "secret-token")
		})
	}
}
