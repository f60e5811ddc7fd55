package increff_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/increff"
)

func send(t *testing.T, timeout time.Duration, header http.Header, answer http.HandlerFunc) (increff.Answer, error) {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return increff.NewSender(nil, timeout).Send(t.Context(), increff.Request{
		Call: "ERP order posting", OrderID: "S1", Method: http.MethodPost, URL: server.URL + "/orders?key=in-the-url",
		Header: header, Body: []byte(`{}`),
	})
}

func TestAnswersAreJudgedByTheirStatus(t *testing.T) {
	t.Parallel()
	for status, kind := range map[int]increff.Kind{
		301: increff.KindRefused, 307: increff.KindRefused, 400: increff.KindRefused, 401: increff.KindAuth,
		403: increff.KindRefused, 404: increff.KindRefused, 408: increff.KindTransport, 409: increff.KindRefused,
		413: increff.KindRefused, 422: increff.KindRefused, 429: increff.KindThrottled,
		500: increff.KindTransport, 502: increff.KindTransport, 503: increff.KindTransport, 504: increff.KindTransport,
	} {
		answer, err := send(t, 0, nil, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
		})
		require.True(t, increff.IsKind(err, kind), "%d: %v", status, err)
		require.True(t, increff.IsKind(fmt.Errorf("wrapped: %w", err), kind))
		require.Equal(t, status, answer.Status)
	}
	require.False(t, increff.IsKind(nil, increff.KindAuth))
	for _, status := range []int{200, 201, 202, 204} {
		_, err := send(t, 0, nil, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		require.NoError(t, err, status)
	}
}

func TestRetryAfterIsSecondsOrADate(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "-3": 0, "soon": 0, "99999999999": time.Hour,
		time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat): 0,
		time.Now().Add(time.Hour).UTC().Format(http.TimeFormat):  time.Hour,
	} {
		_, err := send(t, 0, nil, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", value)
			w.WriteHeader(http.StatusTooManyRequests)
		})
		var failed *increff.Error
		require.ErrorAs(t, err, &failed)
		require.InDelta(t, want.Seconds(), failed.RetryAfter.Seconds(), 5, value)
	}
}

func TestErrorsHoldTheirWordsButNoSecret(t *testing.T) {
	t.Parallel()
	header := http.Header{"Authorization": {"Bearer 7c1e09aa"}, "X-Pin": {"1"}}
	for name, c := range map[string]struct{ body, want string }{
		"error body":    {`{"code":"BAD_DATA","message":"Input validation failed","description":"[partnerCode: 1]"}`, "BAD_DATA Input validation failed [partnerCode: 1]"},
		"bare text":     {"<html>\n\t<b>no</b>\x00\xff\n</html>", "<html> <b>no</b> </html>"},
		"echoed header": {"bad token: Bearer 7c1e09aa, or 7c1e09aa", "bad token: ***, or ***"},
		"cut secret":    {strings.Repeat("x", 295) + " 7c1e09aa", strings.Repeat("x", 295) + " ***"},
	} {
		_, err := send(t, 0, header, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, c.body)
		})
		var failed *increff.Error
		require.ErrorAs(t, err, &failed, name)
		require.Equal(t, c.want, failed.Message, name)
		require.Equal(t, "ERP order posting for order S1: refused: HTTP 400: "+c.want, err.Error(), name)
	}
	_, err := send(t, 0, header, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, strings.Repeat("ü", 5000))
	})
	var failed *increff.Error
	require.ErrorAs(t, err, &failed)
	require.Len(t, []rune(failed.Message), 300)
}

func TestWithoutAnAnswerTheOutcomeIsUnknown(t *testing.T) {
	t.Parallel()
	_, err := send(t, 50*time.Millisecond, nil, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // the server notices that the caller hangs up only after the body
		<-r.Context().Done()
	})
	require.True(t, increff.IsKind(err, increff.KindTransport))
	require.Contains(t, err.Error(), "no answer within 50ms")

	_, err = send(t, 0, nil, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	require.True(t, increff.IsKind(err, increff.KindTransport))
	require.NotContains(t, err.Error(), "in-the-url")

	_, err = send(t, 0, nil, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "half")
	})
	require.True(t, increff.IsKind(err, increff.KindTransport))
	require.Contains(t, err.Error(), "broke off after HTTP 200")

	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = increff.NewSender(nil, 0).Send(gone, increff.Request{Method: http.MethodGet, URL: "http://127.0.0.1:1/"})
	require.True(t, increff.IsKind(err, increff.KindTransport))
	require.ErrorIs(t, err, context.Canceled)
}

func TestHeadersThatCannotBeSentAreRefusedByName(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{"": "v", "x y": "v", "x-ü": "v", "authPassword": "secret\n", "x": "a\x00b"} {
		_, err := increff.ParseHeaders(map[string]string{name: value})
		require.Error(t, err)
		require.NotContains(t, err.Error(), "secret")
	}
	header, err := increff.ParseHeaders(map[string]string{"authUsername": "client", "x-tenant": "northline"})
	require.NoError(t, err)
	require.Equal(t, "northline", header.Get("X-Tenant"))
}
