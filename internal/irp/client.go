package irp

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"vmsflow/internal/remote"
)

// defaultTimeout is when the outcome of a call becomes unknown (assumed).
const defaultTimeout = 30 * time.Second

// Config says where the IRP is and who signs in. One credential is one GSTIN.
type Config struct {
	BaseURL                string // such as https://einv-apisandbox.nic.in, without the /api/… of the calls
	ClientID, ClientSecret string // the integrator's
	GSTIN                  string // the supplier's
	Username, Password     string // the supplier's API user
	// HTTPClient is used instead of a plain one, when set. Redirects are never followed on it.
	HTTPClient *http.Client
	// Now is the clock for the life of the token; time.Now when nil.
	Now func() time.Time
	// Timeout is when the outcome of one HTTP call becomes unknown; 30 s when zero.
	Timeout time.Duration
}

// Client calls the IRP for one GSTIN. It is safe for concurrent use.
type Client struct {
	config Config
	base   string
	http   *http.Client

	session remote.Session
}

// connections to the IRP are kept open, because activities call it in parallel.
const connections = 16

// New makes a client, or says what to mend in the configuration. It makes no call.
func New(c Config) (*Client, error) {
	base, err := url.Parse(strings.TrimRight(c.BaseURL, "/"))
	var problems []error
	mend := func(wrong bool, problem string) {
		if wrong {
			problems = append(problems, errors.New(problem))
		}
	}
	mend(err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" || base.RawQuery != "",
		"the base URL must be an absolute http or https URL, such as https://einv-apisandbox.nic.in")
	mend(err == nil && base.User != nil, "the base URL must not hold a credential; set username and password")
	mend(c.GSTIN == "", "the supplier's GSTIN is missing")
	mend(c.ClientID == "" || c.ClientSecret == "", "the integrator's client id or secret is missing")
	mend(c.Username == "" || c.Password == "", "the supplier's username or password is missing")
	mend(c.Timeout < 0, "the time-out is below zero")
	if len(problems) > 0 {
		return nil, fmt.Errorf("IRP client for GSTIN %q: %w", c.GSTIN, errors.Join(problems...))
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	return &Client{config: c, base: base.String(), http: remote.HTTPClient(c.HTTPClient, connections)}, nil
}
