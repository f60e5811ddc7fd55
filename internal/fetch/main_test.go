package fetch_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/fetch"
)

// No proxy of the environment is used: with these, whoever asked one would reach nobody.
func TestMain(m *testing.M) {
	os.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	os.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	os.Exit(m.Run())
}

var pdf = []byte("%PDF-1.7 the invoice")

// hidden stands in the query of every URL, and in no error.
const hidden = "?signature=hunter2"

// portal is an ERP's document server at https://example.com, the public address of which is 127.0.0.1 in these tests.
// 127.0.0.2 remains the loopback address that it is.
type portal struct {
	names   *names
	fetcher *fetch.Fetcher
	url     string // https://example.com and the port
	mux     *http.ServeMux
	roots   *x509.CertPool
}

func newPortal(t *testing.T, options fetch.Options) *portal {
	t.Helper()
	p := &portal{names: &names{answers: map[string][]string{"example.com": {"127.0.0.1"}}}, mux: http.NewServeMux()}
	server := httptest.NewTLSServer(p.mux)
	t.Cleanup(server.Close)
	p.roots = x509.NewCertPool()
	p.roots.AddCert(server.Certificate())
	p.url = atHost(t, server.URL, "example.com")
	p.fetcher = fetch.New(options)
	p.fetcher.Pretend(netip.MustParseAddr("127.0.0.1"), p.roots, p.names.resolver(t))
	return p
}

// atHost is a server's URL with another host and the same port.
func atHost(t *testing.T, link, host string) string {
	t.Helper()
	target, err := url.Parse(link)
	require.NoError(t, err)
	target.Host = host + ":" + target.Port()
	return target.String()
}

// handle serves a path.
func (p *portal) handle(path string, handler http.HandlerFunc) { p.mux.HandleFunc(path, handler) }

// fetch reads a path of the portal.
func (p *portal) fetch(t *testing.T, path string) ([]byte, error) {
	t.Helper()
	return p.fetchURL(t.Context(), t, p.url+path+hidden)
}

func (p *portal) fetchURL(ctx context.Context, t *testing.T, link string) ([]byte, error) {
	t.Helper()
	content, err := p.fetcher.PDF(ctx, link)
	if err != nil {
		require.Empty(t, content)
		require.NotContains(t, err.Error(), "hunter2")
	}
	return content, err
}

// fails requires an error whose text is want, in which PORTAL stands for the portal's URL.
func (p *portal) fails(t *testing.T, err error, kind fetch.Kind, want string) *fetch.Error {
	t.Helper()
	var failed *fetch.Error
	require.ErrorAs(t, err, &failed)
	require.Equal(t, want, strings.ReplaceAll(err.Error(), p.url, "PORTAL"))
	require.Equal(t, kind, failed.Kind)
	return failed
}

func sendPDF(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/pdf")
	_, _ = w.Write(pdf)
}

func redirectTo(location string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", location)
		w.WriteHeader(http.StatusFound)
	}
}

// pdfOf is a document of this many bytes.
func pdfOf(size int) []byte { return append([]byte("%PDF"), bytes.Repeat([]byte{'x'}, size-4)...) }
