package ajio

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"vmsflow/internal/ajio/wire"
	"vmsflow/internal/remote"
)

// defaultTimeout is when the outcome of a call becomes unknown (contracts/ajio-vms.md §2, assumed).
const defaultTimeout = 30 * time.Second

// Config says where Ajio is and which POB signs in. One credential is one POB is one location, so one client sees
// the orders of one POB only (contracts/ajio-vms.md §3, documented).
type Config struct {
	BaseURL            string // such as https://api-seller.services.ajio.com, without the /ds/… prefix
	Partner            string // the integrator's slug in every path
	Pob                string
	Username, Password string
	PageBase           int // the number of Ajio's first page: 0, or 1
	// HTTPClient is used instead of a plain one, when set. Redirects are never followed on it.
	HTTPClient *http.Client
	// Now is the clock for the life of the token; time.Now when nil.
	Now func() time.Time
	// Timeout is when the outcome of one HTTP call becomes unknown; 30 s when zero.
	Timeout time.Duration
	// Pace, when set, is asked before every call that Ajio's throttle counts, retries among them but not the login; it
	// returns when the call may go, or why not.
	Pace func(context.Context) error
}

// Client calls Ajio for one POB. It is safe for concurrent use.
type Client struct {
	base               *url.URL
	prefix             string // "/ds/{partner}"
	pob                string
	username, password string
	pageBase           int
	http               *http.Client
	now                func() time.Time
	timeout            time.Duration
	pace               func(context.Context) error

	session remote.Session
}

// connections to one host are kept open, because activities call it in parallel.
const connections = 16

// slug is what may stand in a path without escaping.
var slug = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// New makes a client, or says what to mend in the configuration. It makes no call.
func New(c Config) (*Client, error) {
	base, err := url.Parse(strings.TrimRight(c.BaseURL, "/"))
	var problems []error
	mend := func(wrong bool, format string, args ...any) {
		if wrong {
			problems = append(problems, fmt.Errorf(format, args...))
		}
	}
	mend(err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" || base.RawQuery != "",
		"the base URL must be an absolute http or https URL, such as https://api-seller.services.ajio.com")
	mend(err == nil && base.User != nil, "the base URL must not hold a credential; set username and password")
	mend(!slug.MatchString(c.Partner), "the partner must be the integrator's slug of letters, digits, '.', '_' or '-'")
	mend(c.Pob == "", "the POB is missing")
	mend(c.Username == "" || c.Password == "", "the POB's username or password is missing")
	mend(c.PageBase != 0 && c.PageBase != 1, "the page base is %d; Ajio's first page is 0 or 1", c.PageBase)
	mend(c.Timeout < 0, "the time-out is below zero")
	if len(problems) > 0 {
		return nil, fmt.Errorf("ajio client for POB %q: %w", c.Pob, errors.Join(problems...))
	}
	client := &Client{
		base: base, prefix: wire.Prefix(c.Partner), pob: c.Pob, username: c.Username, password: c.Password,
		pageBase: c.PageBase, http: remote.HTTPClient(c.HTTPClient, connections), now: c.Now, timeout: c.Timeout, pace: c.Pace,
	}
	if client.pace == nil {
		client.pace = func(context.Context) error { return nil }
	}
	if client.now == nil {
		client.now = time.Now
	}
	if client.timeout == 0 {
		client.timeout = defaultTimeout
	}
	return client, nil
}
