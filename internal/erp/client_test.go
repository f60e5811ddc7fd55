package erp_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/erp"
	"vmsflow/internal/increff"
)

var body = []byte(`{"messageId":7,"orderCode":"S1725110042"}`)

// signedIn is an ERP whose postings need the token; tokens are what Get Credential answers, in turn.
func signedIn(t *testing.T, wanted string, tokens ...string) (client *erp.Client, credentials *atomic.Int32) {
	t.Helper()
	credentials = &atomic.Int32{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", func(w http.ResponseWriter, r *http.Request) {
		sent, _ := io.ReadAll(r.Body)
		if r.Header.Get("Authorization") != wanted || r.Header.Get("x-tenant") != "northline" || string(sent) != string(body) {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, "not signed in with ", r.Header.Get("Authorization"))
			return
		}
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, "kept")
	})
	mux.HandleFunc("GET /credential", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("x-tenant") != "northline" || r.ContentLength > 0 {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		n := int(credentials.Add(1))
		_ = json.NewEncoder(w).Encode(map[string]string{"authorization": tokens[min(n, len(tokens))-1]})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	client, err := erp.New(erp.Config{
		OrderURL: server.URL + "/orders", CredentialURL: server.URL + "/credential",
		Headers: map[string]string{"Authorization": "Bearer configured", "x-tenant": "northline"},
	})
	require.NoError(t, err)
	return client, credentials
}

func TestA401FetchesTheCredentialAndRepeatsOnce(t *testing.T) {
	t.Parallel()
	client, credentials := signedIn(t, "Bearer good", "Bearer good")
	for range 3 {
		answer, err := client.Post(t.Context(), erp.Orders, body)
		require.NoError(t, err)
		require.Equal(t, erp.Answer{Status: http.StatusAccepted, Body: []byte("kept")}, answer)
	}
	require.EqualValues(t, 1, credentials.Load(), "the credential is kept for later calls")
}

func TestASecond401StopsForAPerson(t *testing.T) {
	t.Parallel()
	client, credentials := signedIn(t, "Bearer good", "Bearer wrong", "Bearer good")
	answer, err := client.Post(t.Context(), erp.Orders, body)
	require.True(t, increff.IsKind(err, increff.KindAuth), "%v", err)
	require.Equal(t, http.StatusUnauthorized, answer.Status)
	require.Contains(t, err.Error(), "S1725110042")
	require.NotContains(t, err.Error(), "Bearer wrong", "an echoed header stays out of the error")
	require.EqualValues(t, 1, credentials.Load())

	_, err = client.Post(t.Context(), erp.Orders, body) // after the credential was mended
	require.NoError(t, err)
}

func TestManyCallsShareOneRenewal(t *testing.T) {
	t.Parallel()
	client, credentials := signedIn(t, "Bearer good", "Bearer good")
	var calls sync.WaitGroup
	var failed atomic.Int32
	for range 20 {
		calls.Go(func() {
			if _, err := client.Post(t.Context(), erp.Orders, body); err != nil {
				failed.Add(1)
			}
		})
	}
	calls.Wait()
	require.Zero(t, failed.Load())
	require.EqualValues(t, 1, credentials.Load())
}

func TestTheCredentialCallMayFailToo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		kind   increff.Kind
	}{
		"refused":      {403, "no", increff.KindAuth},
		"unauthorised": {401, "no", increff.KindAuth},
		"down":         {503, "", increff.KindTransport},
		"throttled":    {429, "", increff.KindThrottled},
		"not flat":     {200, `{"Authorization":{"secret":"s3cr3t"}}`, increff.KindTransport},
		"unsendable":   {200, `{"Authorization":"s3cr3t\n"}`, increff.KindTransport},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					w.WriteHeader(http.StatusUnauthorized)
					return
				}
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.body)
			}))
			t.Cleanup(server.Close)
			client, err := erp.New(erp.Config{OrderURL: server.URL, CredentialURL: server.URL})
			require.NoError(t, err)
			_, err = client.Post(t.Context(), erp.Orders, body)
			require.True(t, increff.IsKind(err, c.kind), "%v", err)
			require.Contains(t, err.Error(), "ERP credential")
			require.NotContains(t, err.Error(), "s3cr3t")
		})
	}
}

func TestStaticAuthenticationAsksForNothing(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(server.Close)
	client, err := erp.New(erp.Config{OrderURL: server.URL})
	require.NoError(t, err)
	_, err = client.Post(t.Context(), erp.Orders, body)
	require.True(t, increff.IsKind(err, increff.KindAuth))
	require.EqualValues(t, 1, calls.Load())
}

func TestConfigurationIsChecked(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]erp.Config{
		"no URL":         {},
		"return URL":     {OrderURL: "https://erp.example/orders", ReturnURL: "/returns"},
		"relative":       {OrderURL: "/orders"},
		"other scheme":   {OrderURL: "ftp://erp.example/orders"},
		"credential URL": {OrderURL: "https://erp.example/orders", CredentialURL: "credential"},
		"header":         {OrderURL: "https://erp.example/orders", Headers: map[string]string{"a b": ""}},
	} {
		_, err := erp.New(config)
		require.Error(t, err, name)
	}
	_, err := erp.New(erp.Config{OrderURL: "https://erp.example/orders", Timeout: time.Second})
	require.NoError(t, err)
}

func TestEachBookHasItsOwnURL(t *testing.T) {
	t.Parallel()
	var paths []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.URL.Path)
		w.WriteHeader(http.StatusBadRequest)
	}))
	t.Cleanup(server.Close)
	client, err := erp.New(erp.Config{OrderURL: server.URL + "/orders", ReturnURL: server.URL + "/returns"})
	require.NoError(t, err)
	_, err = client.Post(t.Context(), erp.Orders, body)
	require.EqualError(t, err, "ERP order posting for order S1725110042: refused: HTTP 400")
	_, err = client.Post(t.Context(), erp.Returns, []byte(`{"returnOrderCode":"R2511240077","forwardOrderCode":"S1725110042"}`))
	require.EqualError(t, err, "ERP return posting for order S1725110042: refused: HTTP 400")
	require.Equal(t, []string{"/orders", "/returns"}, paths)

	client, err = erp.New(erp.Config{ReturnURL: server.URL + "/returns"})
	require.NoError(t, err)
	require.True(t, client.Has(erp.Returns))
	require.False(t, client.Has(erp.Orders), "in the RMS model the ERP need not hear of orders")
}
