package fetch

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"vmsflow/internal/remote"
)

const (
	// DefaultMaxBytes is the largest invoice document (contracts/increff-erp.md §3.1, INV-4, assumed).
	DefaultMaxBytes = 10 << 20
	// DefaultTimeout is that of every call that vmsflow makes to an ERP (contracts/increff-erp.md §2.2, documented).
	DefaultTimeout = 45 * time.Second

	// connectTimeout leaves time for another address of the same host.
	connectTimeout = 10 * time.Second
	// maxRedirects is enough for a portal that sends to its file store by way of a login-free link.
	maxRedirects = 3
	// atOnce bounds the documents that are in memory, whatever number of invoices comes in.
	atOnce = 8
	// maxHeader bounds what we read before the document.
	maxHeader = 64 << 10
)

// Options are the rules of one channel.
type Options struct {
	// AllowedHosts, as host or host:port, may be http and have private addresses. One without a port means the ports of
	// http and https.
	AllowedHosts []string
	// MaxBytes is the largest document; 0 means DefaultMaxBytes.
	MaxBytes int64
	// Timeout is that of a document as a whole, redirects among it; 0 means DefaultTimeout.
	Timeout time.Duration
}

// Fetcher reads documents. It is safe for concurrent use.
type Fetcher struct {
	allowed   hosts
	maxBytes  int64
	timeout   time.Duration
	slots     chan struct{}
	transport *http.Transport

	// Tests replace these two.
	resolver *net.Resolver
	check    func(address netip.Addr, allowed bool) error
}

// New makes a fetcher.
func New(o Options) *Fetcher {
	f := &Fetcher{
		allowed: newHosts(o.AllowedHosts), maxBytes: cmp.Or(o.MaxBytes, DefaultMaxBytes), timeout: cmp.Or(o.Timeout, DefaultTimeout),
		slots: make(chan struct{}, atOnce), resolver: net.DefaultResolver, check: checkAddress,
	}
	f.transport = &http.Transport{
		Proxy:       nil, // one from the environment would connect for us, unchecked
		DialContext: f.dial,
		// Every request makes its own connection, and so is checked.
		DisableKeepAlives:      true,
		DisableCompression:     true, // MaxBytes counts what is read
		TLSHandshakeTimeout:    connectTimeout,
		MaxResponseHeaderBytes: maxHeader,
	}
	return f
}

// dial connects to a host, unless its address is forbidden. The address is looked at when the socket has been made for
// it: nothing resolves the name once more afterwards.
func (f *Fetcher) dial(ctx context.Context, network, hostPort string) (net.Conn, error) {
	allowed := f.allowed.has(hostPort)
	dialer := net.Dialer{
		Timeout: connectTimeout, Resolver: f.resolver,
		Control: func(_, address string, _ syscall.RawConn) error {
			resolved, err := netip.ParseAddrPort(address)
			if err != nil {
				return err
			}
			return f.check(resolved.Addr(), allowed)
		},
	}
	return dialer.DialContext(ctx, network, hostPort)
}

// PDF reads the document at a URL. Failures are *Error.
func (f *Fetcher) PDF(ctx context.Context, link string) ([]byte, error) {
	content, failed := f.pdf(ctx, link)
	switch {
	case failed == nil:
		return content, nil
	case ctx.Err() != nil:
		failed = &Error{Kind: KindTransport, Message: "was given up: " + ctx.Err().Error(), cause: ctx.Err()}
	}
	failed.URL = cmp.Or(WithoutQuery(link), "the URL")
	return nil, failed
}

// pdf follows a URL. It does what an http.Client would, without what a client adds: cookies, the URL that one was sent
// from (with its query), credentials.
func (f *Fetcher) pdf(ctx context.Context, link string) ([]byte, *Error) {
	select {
	case f.slots <- struct{}{}:
		defer func() { <-f.slots }()
	case <-ctx.Done():
		return nil, broken(ctx.Err(), f.timeout)
	}
	limited, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	target, err := url.Parse(link)
	if err != nil {
		return nil, &Error{Kind: KindForbidden, Message: "is not a URL"}
	}
	sent := "" // how we came to the target
	for range maxRedirects + 1 {
		content, location, failed := f.get(limited, target)
		if failed != nil {
			failed.Message = sent + failed.Message
			return nil, failed
		}
		if location == "" {
			return content, nil
		}
		if target, err = target.Parse(location); err != nil {
			return nil, &Error{Kind: KindForbidden, Message: sent + "redirects to what is not a URL"}
		}
		sent = fmt.Sprintf("redirects to %s, which ", plain(target))
	}
	return nil, &Error{Kind: KindForbidden, Message: fmt.Sprintf("redirects more than %d times", maxRedirects)}
}

// get asks once: for the document, or for where it is.
func (f *Fetcher) get(ctx context.Context, target *url.URL) (content []byte, location string, failed *Error) {
	if err := checkURL(target, f.allowed); err != nil {
		return nil, "", &Error{Kind: KindForbidden, Message: err.Error()}
	}
	request := (&http.Request{Method: http.MethodGet, URL: target, Header: http.Header{
		"Accept": {"application/pdf"}, "User-Agent": {"vmsflow"},
	}}).WithContext(ctx)
	response, err := f.transport.RoundTrip(request)
	if err != nil {
		return nil, "", broken(err, f.timeout)
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
		content, failed = f.read(response)
		return content, "", failed
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		if location = response.Header.Get("Location"); location != "" {
			return nil, location, nil
		}
	}
	return nil, "", refused(response)
}

// refused judges an answer that is neither a document nor a redirect.
func refused(response *http.Response) *Error {
	failed := &Error{Kind: KindUnusable, Message: fmt.Sprintf("answers HTTP %d", response.StatusCode)}
	switch status := response.StatusCode; {
	case status == http.StatusRequestTimeout, status == http.StatusTooManyRequests, status >= 500:
		failed.Kind = KindTransport
		failed.RetryAfter = remote.RetryAfter(response.Header.Get("Retry-After"), time.Now())
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		failed.Message += "; it must be readable without signing in"
	}
	return failed
}

// read takes the document out of an answer. What it says of itself is believed only to its disadvantage.
func (f *Fetcher) read(response *http.Response) ([]byte, *Error) {
	if kind := contentType(response.Header.Get("Content-Type")); kind != "" {
		return nil, &Error{Kind: KindUnusable, Message: fmt.Sprintf("has the content type %s instead of application/pdf", kind)}
	}
	tooLarge := &Error{Kind: KindUnusable, Message: fmt.Sprintf("is larger than %d bytes", f.maxBytes)}
	if response.ContentLength > f.maxBytes {
		return nil, tooLarge
	}
	content, err := io.ReadAll(io.LimitReader(response.Body, f.maxBytes+1))
	if late := response.Request.Context().Err(); late != nil {
		err = late // a server may end its answer in good form because it saw us leave
	}
	switch {
	case int64(len(content)) > f.maxBytes:
		return nil, tooLarge
	case err != nil:
		return nil, broken(err, f.timeout)
	case !bytes.HasPrefix(content, []byte("%PDF")):
		return nil, &Error{Kind: KindUnusable, Message: "does not begin like a PDF"}
	}
	return content, nil
}

// contentType returns a content type that no PDF has, and "" for one that a PDF may have. File stores give everything
// the type application/octet-stream or binary/octet-stream.
func contentType(header string) string {
	kind, _, err := mime.ParseMediaType(header)
	switch {
	case header == "", kind == "application/pdf", strings.HasSuffix(kind, "/octet-stream"):
		return ""
	case err != nil, len(kind) > 80:
		return "that is none"
	}
	return kind
}
