package activities_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"vmsflow/activities"
	"vmsflow/internal/fetch"
	"vmsflow/internal/postgres"
	"vmsflow/internal/postgres/pgtest"
)

// library is an ERP's document server in the seller's network, with an activity that may read it.
type library struct {
	*httptest.Server
	db        *postgres.DB
	documents *activities.Documents
	calls     atomic.Int32
	answers   []http.HandlerFunc // one for each call; the last one from then on
}

func newLibrary(t *testing.T, answers ...http.HandlerFunc) *library {
	t.Helper()
	l := &library{db: pgtest.New(t), answers: answers}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		call := int(l.calls.Add(1))
		l.answers[min(call, len(l.answers))-1](w, r)
	}))
	t.Cleanup(l.Close)
	l.documents = &activities.Documents{DB: l.db, Fetchers: map[string]*fetch.Fetcher{
		pob: fetch.New(fetch.Options{AllowedHosts: []string{strings.TrimPrefix(l.URL, "http://")}}),
	}}
	return l
}

func (l *library) input() activities.FetchInput {
	return activities.FetchInput{Pob: pob, OrderID: "S1725110042", Number: "AJ/25-26/000421", URL: l.URL + "/inv/000421.pdf?signature=hunter2"}
}

// fetch runs the activity as a worker does.
func (l *library) fetch(in activities.FetchInput) (activities.DocumentRef, error) {
	var mu sync.Mutex
	var ref activities.DocumentRef
	err := runner()(func(ctx context.Context, in activities.FetchInput) error {
		mu.Lock()
		defer mu.Unlock()
		var err error
		ref, err = l.documents.FetchInvoice(ctx, in)
		return err
	}, in)
	return ref, err
}

// newPDF answers with a PDF that was never there before, as one with the time of its making inside.
func newPDF() http.HandlerFunc {
	var made atomic.Int32
	return func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "%%PDF-1.7 the invoice, made for call %d", made.Add(1))
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func TestTheInvoiceAtAURLIsArchivedOnce(t *testing.T) {
	t.Parallel()
	l := newLibrary(t, newPDF())
	ref, err := l.fetch(l.input())
	require.NoError(t, err)
	require.Equal(t, postgres.KindB2BInvoice, ref.Kind)
	for range 2 { // the worker died before the result was known, or the step is retried
		again, err := l.fetch(l.input())
		require.NoError(t, err)
		require.Equal(t, ref, again)
	}
	require.EqualValues(t, 1, l.calls.Load())

	archived, err := l.db.Documents(t.Context(), pob, "S1725110042")
	require.NoError(t, err)
	require.Len(t, archived, 1)
	document, err := l.db.Document(t.Context(), ref.ID)
	require.NoError(t, err)
	require.Equal(t, "%PDF-1.7 the invoice, made for call 1", string(document.Content))
	require.Equal(t, "AJ/25-26/000421", document.Number)
	require.Equal(t, "application/pdf", document.ContentType)
	require.Equal(t, l.URL+"/inv/000421.pdf", document.SourceURL, "without the signature in its query")
	require.Equal(t, ref.SHA256, document.SHA256)

	t.Run("another invoice and another order have their own", func(t *testing.T) {
		for _, change := range []func(*activities.FetchInput){
			func(in *activities.FetchInput) { in.Number = "AJ/25-26/000422" },
			func(in *activities.FetchInput) { in.OrderID = "S1725110043" },
		} {
			in := l.input()
			change(&in)
			other, err := l.fetch(in)
			require.NoError(t, err)
			require.NotEqual(t, ref.ID, other.ID)
		}
	})
}

func TestAnERPThatIsAwayIsAskedAgain(t *testing.T) {
	t.Parallel()
	l := newLibrary(t, status(500), func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(http.StatusTooManyRequests)
	}, newPDF())
	_, err := l.fetch(l.input())
	require.NoError(t, err)
	require.EqualValues(t, 3, l.calls.Load())
}

func TestADocumentThatCannotBeArchivedIsForAPerson(t *testing.T) {
	t.Parallel()
	const wrongPlace = "Let the ERP serve it at that URL over https from a public address, or, if the host is the ERP's own, " +
		"list it under erp.document_hosts of the channels file and restart the workers; then retry"
	const wrongFile = "Let the ERP put the PDF there, at most 10 MiB and readable without signing in, then retry"
	tests := []struct {
		name   string
		answer http.HandlerFunc
		url    string // instead of the library's
		want   string
	}{
		{"not found", status(404), "", "LIBRARY/inv/000421.pdf answers HTTP 404. " + wrongFile},
		{"a page", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>Sign in</html>") }, "",
			"LIBRARY/inv/000421.pdf has the content type text/html instead of application/pdf. " + wrongFile},
		{"a redirect inside", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://10.0.0.5/421.pdf?signature=hunter2", http.StatusFound)
		}, "", "LIBRARY/inv/000421.pdf redirects to https://10.0.0.5/421.pdf, which leads to 10.0.0.5, which is not a public address. " + wrongPlace},
		{"a host that is not allowed", newPDF(), "http://127.0.0.1:1/421.pdf?signature=hunter2",
			"http://127.0.0.1:1/421.pdf is not an https URL. " + wrongPlace},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := newLibrary(t, test.answer)
			in := l.input()
			if test.url != "" {
				in.URL = test.url
			}
			_, err := l.fetch(in)
			require.Error(t, err)
			require.NotContains(t, err.Error(), "hunter2")
			refusal := activities.RefusalOf(err)
			require.Equal(t, activities.AttentionDocumentRefused, refusal.Attention)
			require.Equal(t, "The document of invoice AJ/25-26/000421 cannot be fetched: "+test.want, strings.ReplaceAll(refusal.Message, l.URL, "LIBRARY"))
			require.LessOrEqual(t, l.calls.Load(), int32(1))
			archived, err := l.db.Documents(t.Context(), pob, in.OrderID)
			require.NoError(t, err)
			require.Empty(t, archived)
		})
	}
	t.Run("a POB that this worker does not know", func(t *testing.T) {
		t.Parallel()
		l := newLibrary(t, newPDF())
		in := l.input()
		in.Pob = "DV9"
		_, err := l.fetch(in)
		require.Equal(t, activities.AttentionConfiguration, activities.RefusalOf(err).Attention)
	})
}
