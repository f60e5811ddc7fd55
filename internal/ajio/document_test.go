package ajio_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/ajio"
	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/simulate"
)

func TestADocumentInTheMakingIsNotReady(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *ajiotest.Options) { o.DocumentDelay = 3 * time.Second })
	id := b.place()
	b.ready(t, id)
	_, err := b.client.B2CInvoice(t.Context(), id)
	require.True(t, ajio.IsKind(err, ajio.KindNotReady), err)
	_, err = b.client.ShippingLabel(t.Context(), id)
	require.True(t, ajio.IsKind(err, ajio.KindNotReady), err)
	b.clock.Advance(3 * time.Second)
	_, err = b.client.ShippingLabel(t.Context(), id)
	require.NoError(t, err)

	empty := newClient(t, stub(t, says(200, `{"order_id": "S1725110042", "document_number": "1", "document": null, "document_url": null}`)))
	_, err = empty.B2CInvoice(t.Context(), storyOrder)
	require.True(t, ajio.IsKind(err, ajio.KindNotReady), err)
}

func TestTheTokenGoesToAjiosOwnHostOnly(t *testing.T) {
	t.Parallel()
	var keys []string
	elsewhere, stop := simulate.Listen(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keys = append(keys, r.Header.Get("apiKey"))
		_, _ = w.Write(tinyPDF)
	}))
	t.Cleanup(stop)
	for name, c := range map[string]struct {
		link func(self string) string
		own  []string // the keys that Ajio itself saw at the download
		away []string
	}{
		"own host":              {func(self string) string { return self + "/own.pdf" }, []string{"eyJhbGciOiJSUzI1NiJ9.c2ltdWxhdGVk.c2ln"}, nil},
		"relative":              {func(string) string { return "/own.pdf" }, []string{"eyJhbGciOiJSUzI1NiJ9.c2ltdWxhdGVk.c2ln"}, nil},
		"other port":            {func(string) string { return elsewhere + "/x.pdf" }, nil, []string{""}},
		"redirect to elsewhere": {func(self string) string { return self + "/away" }, []string{"eyJhbGciOiJSUzI1NiJ9.c2ltdWxhdGVk.c2ln"}, []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			keys = nil
			var own []string
			var self string
			self = stub(t, func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/own.pdf":
					own = append(own, r.Header.Get("apiKey"))
					_, _ = w.Write(tinyPDF)
				case "/away":
					own = append(own, r.Header.Get("apiKey"))
					http.Redirect(w, r, elsewhere+"/x.pdf", http.StatusFound)
				default:
					fmt.Fprintf(w, `{"order_id": %q, "document_number": "AJC1", "document_url": %q}`, storyOrder, c.link(self))
				}
			})
			document, err := newClient(t, self).B2CInvoice(t.Context(), storyOrder)
			require.NoError(t, err)
			require.Equal(t, ajio.Document{OrderID: storyOrder, Number: "AJC1", Content: tinyPDF, URL: c.link(self)}, document)
			require.Equal(t, c.own, own)
			require.Equal(t, c.away, keys)
		})
	}
}

func TestADownloadFromAjioSignsInAgainAfterA401(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.place()
	b.ready(t, id)
	b.sim.Faults.Next(ajiotest.CallDocument, simulate.TokenExpired, 1)
	_, err := b.client.B2CInvoice(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, 2, b.logins())
}

func TestOnlyAPDFOfAtMost10MiBIsADocument(t *testing.T) {
	t.Parallel()
	exact := append([]byte("%PDF"), bytes.Repeat([]byte{'x'}, 10<<20-4)...)
	for name, c := range map[string]struct {
		content []byte
		kind    ajio.Kind
	}{
		"10 MiB":         {exact, ""},
		"a byte more":    {append(exact, 'x'), ajio.KindMalformed},
		"far more":       {bytes.Repeat(exact, 2), ajio.KindMalformed},
		"not a PDF":      {[]byte("<html>signed out</html>"), ajio.KindMalformed},
		"a page of JSON": {[]byte(`{"status": "FAILED", "error_message": "gone"}`), ajio.KindRefused},
	} {
		for _, form := range []string{"content", "URL"} {
			t.Run(name+" as "+form, func(t *testing.T) {
				t.Parallel()
				kind := c.kind
				if kind == ajio.KindRefused && form == "content" {
					kind = ajio.KindMalformed
				}
				client := newClient(t, stub(t, func(w http.ResponseWriter, r *http.Request) {
					switch {
					case r.URL.Path == "/file":
						_, _ = w.Write(c.content)
					case form == "URL":
						_, _ = w.Write([]byte(`{"document_url": "/file"}`))
					default:
						fmt.Fprintf(w, `{"document": %q}`, base64.StdEncoding.EncodeToString(c.content))
					}
				}))
				document, err := client.ShippingLabel(t.Context(), storyOrder)
				if kind == "" {
					require.NoError(t, err)
					require.Equal(t, c.content, document.Content)
					return
				}
				require.True(t, ajio.IsKind(err, kind), err)
			})
		}
	}
}

func TestADocumentElsewhereFailsByItsKind(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		link func(elsewhere string) string
		code int
		kind ajio.Kind
	}{
		"still to be written":  {nil, 404, ajio.KindNotReady},
		"our key is not asked": {nil, 401, ajio.KindRefused},
		"no entry":             {nil, 403, ajio.KindRefused},
		"broken":               {nil, 500, ajio.KindTransport},
		"runs in circles":      {nil, 302, ajio.KindRefused},
		"no web address":       {func(string) string { return "file:///etc/passwd" }, 0, ajio.KindMalformed},
		"base64 in the URL":    {func(string) string { return "%zz" }, 0, ajio.KindMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			elsewhere, stop := simulate.Listen(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", r.URL.Path)
				w.WriteHeader(c.code)
			}))
			t.Cleanup(stop)
			link := elsewhere + "/x.pdf?signature=secret"
			if c.link != nil {
				link = c.link(elsewhere)
			}
			client := newClient(t, stub(t, says(200, fmt.Sprintf(`{"document_url": %q}`, link))))
			_, err := client.B2CInvoice(t.Context(), storyOrder)
			require.True(t, ajio.IsKind(err, c.kind), err)
			require.NotContains(t, err.Error(), "secret")
		})
	}
}
