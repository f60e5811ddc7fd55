package fetch_test

import (
	"context"
	"crypto/x509"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/fetch"
)

func TestADocumentIsWhatBeginsLikeAPDFAndIsNotCalledAnythingElse(t *testing.T) {
	t.Parallel()
	const noType = ""
	tests := []struct {
		name, contentType, content string
		want                       string // the error; empty: it is a document
	}{
		{"a PDF", "application/pdf", string(pdf), ""},
		{"a PDF, with a parameter", "Application/PDF; qs=0.001", string(pdf), ""},
		{"a PDF from a file store", "binary/octet-stream", string(pdf), ""},
		{"a PDF from another file store", "application/octet-stream", string(pdf), ""},
		{"a PDF of which nothing is said", noType, string(pdf), ""},
		{"a login page", "text/html; charset=utf-8", "<html>Sign in</html>", "PORTAL/421.pdf has the content type text/html instead of application/pdf"},
		{"a login page of which nothing is said", noType, "<html>Sign in</html>", "PORTAL/421.pdf does not begin like a PDF"},
		{"a login page called PDF", "application/pdf", "<html>Sign in</html>", "PORTAL/421.pdf does not begin like a PDF"},
		{"a PDF called text", "text/plain", string(pdf), "PORTAL/421.pdf has the content type text/plain instead of application/pdf"},
		{"a content type that is none", "pdf; a=; b", string(pdf), "PORTAL/421.pdf has the content type that is none instead of application/pdf"},
		{"a content type without end", strings.Repeat("x", 500) + "/y", string(pdf), "PORTAL/421.pdf has the content type that is none instead of application/pdf"},
		{"a picture", "application/octet-stream", "\x89PNG\r\n", "PORTAL/421.pdf does not begin like a PDF"},
		{"a PDF later on", "application/pdf", "\n%PDF-1.7", "PORTAL/421.pdf does not begin like a PDF"},
		{"nothing", "application/pdf", "", "PORTAL/421.pdf does not begin like a PDF"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newPortal(t, fetch.Options{})
			p.handle("/421.pdf", func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = nil // or the server guesses one
				if test.contentType != noType {
					w.Header().Set("Content-Type", test.contentType)
				}
				_, _ = w.Write([]byte(test.content))
			})
			content, err := p.fetch(t, "/421.pdf")
			if test.want == "" {
				require.NoError(t, err)
				require.Equal(t, test.content, string(content))
				return
			}
			p.fails(t, err, fetch.KindUnusable, test.want)
		})
	}
}

func TestADocumentMayHaveTenMebibytesWhateverItsLengthIsSaidToBe(t *testing.T) {
	t.Parallel()
	const most = 10 << 20
	const tooLarge = "PORTAL/421.pdf is larger than 10485760 bytes"
	tests := []struct {
		name string
		send http.HandlerFunc
		kind fetch.Kind
		want string // the error; empty: it is a document
	}{
		{"10 MiB", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(pdfOf(most)) }, "", ""},
		{"10 MiB of which the length is said", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(most))
			_, _ = w.Write(pdfOf(most))
		}, "", ""},
		{"10 MiB + 1", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(pdfOf(most + 1)) }, fetch.KindUnusable, tooLarge},
		{"10 MiB + 1 of which the length is said", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(most+1))
			_, _ = w.Write(pdfOf(most + 1))
		}, fetch.KindUnusable, tooLarge},
		{"without end", func(w http.ResponseWriter, _ *http.Request) {
			for _, err := w.Write(pdfOf(most)); err == nil; {
				_, err = w.Write(pdfOf(most))
			}
		}, fetch.KindUnusable, tooLarge},
		{"a length that would fill the memory", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(1<<40))
			_, _ = w.Write(pdf)
		}, fetch.KindUnusable, tooLarge},
		{"shorter than its length", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write(pdf)
		}, fetch.KindTransport, "PORTAL/421.pdf broke off its answer"},
		{"longer than its length", raw("HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\nContent-Length: 20\r\n\r\n" +
			string(pdf) + strings.Repeat("x", most)), "", ""},
		{"two lengths", raw("HTTP/1.1 200 OK\r\nContent-Length: 20\r\nContent-Length: 21\r\n\r\n" + string(pdf)),
			fetch.KindTransport, "PORTAL/421.pdf gave no readable HTTP answer"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newPortal(t, fetch.Options{})
			p.handle("/421.pdf", func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/pdf")
				test.send(w, r)
			})
			content, err := p.fetch(t, "/421.pdf")
			if test.want == "" {
				require.NoError(t, err)
				require.LessOrEqual(t, len(content), most)
				return
			}
			p.fails(t, err, test.kind, test.want)
		})
	}
}

// raw answers byte for byte.
func raw(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer connection.Close()
		_, _ = connection.Write([]byte(answer))
	}
}

func TestAnAnswerIsForAPersonOrForLater(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status int
		header http.Header
		kind   fetch.Kind
		want   string
		after  time.Duration
	}{
		{204, nil, fetch.KindUnusable, "answers HTTP 204", 0},
		{206, nil, fetch.KindUnusable, "answers HTTP 206", 0},
		{300, nil, fetch.KindUnusable, "answers HTTP 300", 0},
		{302, nil, fetch.KindUnusable, "answers HTTP 302", 0}, // without a Location
		{304, nil, fetch.KindUnusable, "answers HTTP 304", 0},
		{400, nil, fetch.KindUnusable, "answers HTTP 400", 0},
		{401, nil, fetch.KindUnusable, "answers HTTP 401; it must be readable without signing in", 0},
		{403, nil, fetch.KindUnusable, "answers HTTP 403; it must be readable without signing in", 0},
		{404, nil, fetch.KindUnusable, "answers HTTP 404", 0},
		{410, http.Header{"Retry-After": {"9"}}, fetch.KindUnusable, "answers HTTP 410", 0},
		{408, nil, fetch.KindTransport, "answers HTTP 408", 0},
		{429, nil, fetch.KindTransport, "answers HTTP 429", 0},
		{429, http.Header{"Retry-After": {"90"}}, fetch.KindTransport, "answers HTTP 429", 90 * time.Second},
		{429, http.Header{"Retry-After": {"86400"}}, fetch.KindTransport, "answers HTTP 429", time.Hour},
		{429, http.Header{"Retry-After": {"Mon, 01 Jan 2024 00:00:00 GMT"}}, fetch.KindTransport, "answers HTTP 429", 0},
		{429, http.Header{"Retry-After": {"Tue, 01 Jan 2124 00:00:00 GMT"}}, fetch.KindTransport, "answers HTTP 429", time.Hour},
		{429, http.Header{"Retry-After": {"soon"}}, fetch.KindTransport, "answers HTTP 429", 0},
		{500, nil, fetch.KindTransport, "answers HTTP 500", 0},
		{503, http.Header{"Retry-After": {"5"}}, fetch.KindTransport, "answers HTTP 503", 5 * time.Second},
		{599, nil, fetch.KindTransport, "answers HTTP 599", 0},
	}
	p := newPortal(t, fetch.Options{})
	for i, test := range tests {
		path := "/" + strconv.Itoa(i) + ".pdf"
		p.handle(path, func(w http.ResponseWriter, _ *http.Request) {
			maps.Copy(w.Header(), test.header)
			w.WriteHeader(test.status)
		})
		t.Run(strconv.Itoa(test.status)+" "+test.header.Get("Retry-After"), func(t *testing.T) {
			_, err := p.fetch(t, path)
			failed := p.fails(t, err, test.kind, "PORTAL"+path+" "+test.want)
			require.Equal(t, test.after, failed.RetryAfter)
		})
	}
}

func TestEachHopOfARedirectIsJudgedAnew(t *testing.T) {
	t.Parallel()
	p := newPortal(t, fetch.Options{})
	p.names.set("www.example.com", "127.0.0.1")
	p.names.set("inside.example.com", "127.0.0.2")
	p.handle("/421.pdf", sendPDF)
	_, port, _ := strings.Cut(strings.TrimPrefix(p.url, "https://"), ":")
	for path, location := range map[string]string{
		"/1": "/421.pdf", "/2": "/1", "/3": "2" + hidden, "/4": "/3",
		"/elsewhere":   "https://www.example.com:" + port + "/421.pdf" + hidden,
		"/plain":       "http://example.com:" + port + "/421.pdf" + hidden,
		"/address":     "https://10.0.0.5/421.pdf" + hidden,
		"/inside":      "https://inside.example.com:" + port + "/421.pdf" + hidden,
		"/loopback":    "https://[::1]:" + port + "/421.pdf",
		"/credentials": "https://user:hunter2@example.com:" + port + "/421.pdf",
		"/file":        "file:///etc/passwd",
		"/none":        "https://exa mple.com/" + hidden,
		"/unknown":     "https://unknown.example.com/421.pdf" + hidden,
		"/gone":        "/nothing.pdf" + hidden,
	} {
		p.handle(path, redirectTo(location))
	}
	for _, path := range []string{"/1", "/2", "/3", "/elsewhere"} {
		content, err := p.fetch(t, path)
		require.NoError(t, err, path)
		require.Equal(t, pdf, content, path)
	}
	tests := []struct {
		path string
		kind fetch.Kind
		want string
	}{
		{"/4", fetch.KindForbidden, "redirects more than 3 times"},
		{"/plain", fetch.KindForbidden, "redirects to http://example.com:PORT/421.pdf, which is not an https URL"},
		{"/address", fetch.KindForbidden, "redirects to https://10.0.0.5/421.pdf, which leads to 10.0.0.5, which is not a public address"},
		{"/inside", fetch.KindForbidden, "redirects to https://inside.example.com:PORT/421.pdf, which leads to 127.0.0.2, which is not a public address"},
		{"/loopback", fetch.KindForbidden, "redirects to https://[::1]:PORT/421.pdf, which leads to ::1, which is not a public address"},
		{"/credentials", fetch.KindForbidden, "redirects to PORTAL/421.pdf, which holds a user or password"},
		{"/file", fetch.KindForbidden, "redirects to file:///etc/passwd, which is not an https URL"},
		{"/none", fetch.KindForbidden, "redirects to what is not a URL"},
		{"/unknown", fetch.KindTransport, "redirects to https://unknown.example.com/421.pdf, which names the host unknown.example.com, which the DNS does not know"},
		{"/gone", fetch.KindUnusable, "redirects to PORTAL/nothing.pdf, which answers HTTP 404"},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			_, err := p.fetch(t, test.path)
			p.fails(t, err, test.kind, "PORTAL"+test.path+" "+strings.ReplaceAll(test.want, "PORT/", port+"/"))
		})
	}
}

func TestNothingOfOursTravelsAlong(t *testing.T) {
	t.Parallel()
	p := newPortal(t, fetch.Options{})
	p.handle("/login", func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "s", Path: "/"})
		w.Header().Set("Location", "/421.pdf")
		w.WriteHeader(http.StatusSeeOther)
	})
	var got http.Header
	p.handle("/421.pdf", func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		sendPDF(w, r)
	})
	for range 2 {
		_, err := p.fetch(t, "/login")
		require.NoError(t, err)
		require.Equal(t, http.Header{"Accept": {"application/pdf"}, "User-Agent": {"vmsflow"}, "Connection": {"close"}}, got,
			"no cookie, no credential, and no Referer with the query of the first URL")
	}
}

func TestANameIsJudgedByTheAddressThatIsConnectedTo(t *testing.T) {
	t.Parallel()
	t.Run("a private address", func(t *testing.T) {
		t.Parallel()
		p := newPortal(t, fetch.Options{})
		p.names.set("example.com", "10.0.0.5")
		_, err := p.fetch(t, "/421.pdf")
		p.fails(t, err, fetch.KindForbidden, "PORTAL/421.pdf leads to 10.0.0.5, which is not a public address")
	})
	t.Run("metadata", func(t *testing.T) {
		t.Parallel()
		p := newPortal(t, fetch.Options{})
		p.names.set("example.com", "169.254.169.254")
		_, err := p.fetch(t, "/latest/meta-data")
		p.fails(t, err, fetch.KindForbidden, "PORTAL/latest/meta-data leads to 169.254.169.254, which is a link-local address")
	})
	t.Run("public when it was looked at, private when it is connected to", func(t *testing.T) {
		t.Parallel()
		p := newPortal(t, fetch.Options{})
		p.handle("/421.pdf", sendPDF)
		p.handle("/again", redirectTo("/421.pdf"))
		p.names.set("example.com", "127.0.0.1", "127.0.0.2", "127.0.0.1", "127.0.0.2")
		_, err := p.fetch(t, "/421.pdf")
		require.NoError(t, err)
		_, err = p.fetch(t, "/421.pdf")
		p.fails(t, err, fetch.KindForbidden, "PORTAL/421.pdf leads to 127.0.0.2, which is not a public address")
		_, err = p.fetch(t, "/again")
		p.fails(t, err, fetch.KindForbidden, "PORTAL/again redirects to PORTAL/421.pdf, which leads to 127.0.0.2, which is not a public address")
	})
}

func TestAHostThatIsAllowedMayBeHTTPAndPrivate(t *testing.T) {
	t.Parallel()
	inside := httptest.NewServer(http.HandlerFunc(sendPDF)) // its address is judged as the loopback address that it is
	t.Cleanup(inside.Close)
	host := strings.TrimPrefix(inside.URL, "http://")

	content, err := fetch.New(fetch.Options{AllowedHosts: []string{host}}).PDF(t.Context(), inside.URL+"/421.pdf")
	require.NoError(t, err)
	require.Equal(t, pdf, content)

	for name, other := range map[string][]string{"nobody": nil, "another port": {"127.0.0.1:1"}, "the ports of http and https": {"127.0.0.1"}} {
		_, err := fetch.New(fetch.Options{AllowedHosts: other}).PDF(t.Context(), inside.URL+"/421.pdf"+hidden)
		require.EqualError(t, err, inside.URL+"/421.pdf is not an https URL", name)
	}

	t.Run("by its name, in any case", func(t *testing.T) {
		t.Parallel()
		p := newPortal(t, fetch.Options{AllowedHosts: []string{strings.TrimPrefix(atHost(t, inside.URL, "ERP.local"), "http://")}})
		p.names.set("erp.local", "127.0.0.1")
		_, err := p.fetchURL(t.Context(), t, atHost(t, inside.URL, "erp.local")+"/421.pdf")
		require.NoError(t, err)
	})
	t.Run("but may not send us to one that is not", func(t *testing.T) {
		t.Parallel()
		sender := httptest.NewServer(redirectTo(inside.URL + "/421.pdf" + hidden))
		t.Cleanup(sender.Close)
		_, err := fetch.New(fetch.Options{AllowedHosts: []string{strings.TrimPrefix(sender.URL, "http://")}}).PDF(t.Context(), sender.URL+"/421.pdf"+hidden)
		require.EqualError(t, err, sender.URL+"/421.pdf redirects to "+inside.URL+"/421.pdf, which is not an https URL")
		require.True(t, fetch.IsKind(err, fetch.KindForbidden))
	})
	t.Run("but not where machines get credentials", func(t *testing.T) {
		t.Parallel()
		p := newPortal(t, fetch.Options{AllowedHosts: []string{"erp.local"}})
		p.names.set("erp.local", "100.100.100.200")
		_, err := p.fetchURL(t.Context(), t, "http://erp.local/421.pdf"+hidden)
		p.fails(t, err, fetch.KindForbidden, "http://erp.local/421.pdf leads to 100.100.100.200, where machines get credentials")
	})
}

func TestWhatGoesWrongOnTheWayIsTriedAgain(t *testing.T) {
	t.Parallel()
	t.Run("HTTP 500, then the document", func(t *testing.T) {
		t.Parallel()
		p := newPortal(t, fetch.Options{})
		var calls atomic.Int32
		p.handle("/421.pdf", func(w http.ResponseWriter, r *http.Request) {
			if calls.Add(1) == 1 {
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			sendPDF(w, r)
		})
		_, err := p.fetch(t, "/421.pdf")
		p.fails(t, err, fetch.KindTransport, "PORTAL/421.pdf answers HTTP 500")
		content, err := p.fetch(t, "/421.pdf")
		require.NoError(t, err)
		require.Equal(t, pdf, content)
	})
	for name, send := range map[string]http.HandlerFunc{
		"no answer": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"a body that does not end": func(w http.ResponseWriter, r *http.Request) {
			sendPDF(w, r)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPortal(t, fetch.Options{Timeout: 300 * time.Millisecond})
			p.handle("/421.pdf", send)
			_, err := p.fetch(t, "/421.pdf")
			p.fails(t, err, fetch.KindTransport, "PORTAL/421.pdf gave no whole answer within 300ms")
		})
	}
	t.Run("an unknown name", func(t *testing.T) {
		t.Parallel()
		p := newPortal(t, fetch.Options{})
		_, err := p.fetchURL(t.Context(), t, "https://none.example.com/421.pdf"+hidden)
		p.fails(t, err, fetch.KindTransport, "https://none.example.com/421.pdf names the host none.example.com, which the DNS does not know")
	})
	t.Run("no DNS", func(t *testing.T) {
		t.Parallel()
		p := newPortal(t, fetch.Options{})
		p.names.set("example.com", "down")
		_, err := p.fetch(t, "/421.pdf")
		p.fails(t, err, fetch.KindTransport, "PORTAL/421.pdf names the host example.com, about which the DNS does not answer")
	})
	t.Run("nobody listens", func(t *testing.T) {
		t.Parallel()
		p := newPortal(t, fetch.Options{})
		_, err := p.fetchURL(t.Context(), t, "https://example.com:1/421.pdf"+hidden)
		p.fails(t, err, fetch.KindTransport, "https://example.com:1/421.pdf does not answer: dial tcp 127.0.0.1:1: connect: connection refused")
	})
	t.Run("a certificate of somebody else", func(t *testing.T) {
		t.Parallel()
		p := newPortal(t, fetch.Options{})
		p.fetcher.Pretend(netip.MustParseAddr("127.0.0.1"), x509.NewCertPool(), p.names.resolver(t))
		_, err := p.fetch(t, "/421.pdf")
		p.fails(t, err, fetch.KindTransport, "PORTAL/421.pdf has a certificate that cannot be trusted: x509: certificate signed by unknown authority")
	})
	t.Run("an answer that repeats the question and is no HTTP", func(t *testing.T) {
		t.Parallel()
		echo := echoServer(t)
		_, err := fetch.New(fetch.Options{AllowedHosts: []string{echo}}).PDF(t.Context(), "http://"+echo+"/421.pdf"+hidden)
		require.EqualError(t, err, "http://"+echo+"/421.pdf gave no readable HTTP answer")
		require.True(t, fetch.IsKind(err, fetch.KindTransport))
	})
	t.Run("the caller gave it up", func(t *testing.T) {
		t.Parallel()
		p := newPortal(t, fetch.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		p.handle("/421.pdf", func(_ http.ResponseWriter, r *http.Request) {
			cancel()
			<-r.Context().Done()
		})
		_, err := p.fetchURL(ctx, t, p.url+"/421.pdf"+hidden)
		p.fails(t, err, fetch.KindTransport, "PORTAL/421.pdf was given up: context canceled")
		require.ErrorIs(t, err, context.Canceled)
	})
}

// echoServer sends back what it gets.
func echoServer(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			buffer := make([]byte, 4096)
			n, _ := connection.Read(buffer)
			_, _ = connection.Write(buffer[:n])
			_ = connection.Close()
		}
	}()
	return listener.Addr().String()
}

func TestAFormThatIsWrongIsRefusedBeforeAnythingIsAsked(t *testing.T) {
	t.Parallel()
	p := newPortal(t, fetch.Options{})
	for link, want := range map[string]string{
		"":                           "the URL is not an https URL",
		"https://a b/" + hidden:      "the URL is not a URL",
		"ftp://example.com/421.pdf":  "ftp://example.com/421.pdf is not an https URL",
		"https://u:hunter2@e.com/f":  "https://e.com/f holds a user or password",
		"https://[::1]/f" + hidden:   "https://[::1]/f leads to ::1, which is not a public address",
		"https://127.0.0.2" + hidden: "https://127.0.0.2 leads to 127.0.0.2, which is not a public address",
	} {
		_, err := p.fetchURL(t.Context(), t, link)
		p.fails(t, err, fetch.KindForbidden, want)
	}
}

func TestFewDocumentsAreInMemoryAtOnce(t *testing.T) {
	t.Parallel()
	const atOnce = 8
	p := newPortal(t, fetch.Options{})
	var here, most atomic.Int32
	full := make(chan struct{})
	open := sync.OnceFunc(func() { close(full) })
	p.handle("/421.pdf", func(w http.ResponseWriter, r *http.Request) {
		defer here.Add(-1)
		now := here.Add(1)
		for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
		}
		if now == atOnce {
			open() // nobody leaves before
		}
		<-full
		sendPDF(w, r)
	})
	var all sync.WaitGroup
	for range 3 * atOnce {
		all.Go(func() { _, _ = p.fetcher.PDF(t.Context(), p.url+"/421.pdf") })
	}
	all.Wait()
	require.EqualValues(t, atOnce, most.Load())
}
