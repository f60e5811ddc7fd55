// Package remote is what the clients of the outside systems have in common: how they read a Retry-After, what of the
// other side's words goes into an error, that they follow no redirect, and that one login runs at a time. What a call
// means, and which answer is a refusal, is the business of each client: internal/ajio, irp, increff, fetch.
package remote

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// maxRetryAfter bounds what we believe of a Retry-After: one odd header must not hold an order for a day.
const maxRetryAfter = time.Hour

// RetryAfter reads the header's seconds or HTTP date; 0 when there is none or it is past, at most an hour.
func RetryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(min(max(seconds, 0), int(maxRetryAfter/time.Second))) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil {
		return min(max(date.Sub(now), 0), maxRetryAfter)
	}
	return 0
}

// OneLine makes a text from outside fit for an error: one line of at most this many printable characters.
func OneLine(text string, most int) string {
	printable := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, text)
	characters := []rune(strings.Join(strings.Fields(printable), " "))
	if len(characters) > most {
		characters = append(characters[:most-1], '…')
	}
	return string(characters)
}

// WithoutURL drops the URL that net/http puts before its errors: it may hold a key or a signature, and the call is named
// already.
func WithoutURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// HTTPClient copies a caller's client, nil for a plain one that keeps this many idle connections to a host. It follows
// no redirect: a followed one would turn a POST into a GET and show our credential to a host that nobody configured.
func HTTPClient(given *http.Client, idlePerHost int) *http.Client {
	if given == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.MaxIdleConnsPerHost = idlePerHost
		given = &http.Client{Transport: transport}
	}
	own := *given
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}
