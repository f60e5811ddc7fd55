package increfftest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"vmsflow/internal/increff"
)

// patience is when a caller of the gateway hangs up: a pack may take 40 s before the gateway answers 503.
const patience = time.Minute

// Gateway calls vmsflow's gateway with one client's credential. It is safe for concurrent use.
type Gateway struct {
	Username, Password string
	// RetryEvery is the pause before a repeat when the gateway names none; a second when zero.
	RetryEvery time.Duration
	// MaxRetryAfter caps what the gateway asks for, so that a demo does not stand still; a minute when zero.
	MaxRetryAfter time.Duration

	mu  sync.Mutex
	url string
}

// SetURL says where the gateway is. Until then every call fails like one to a gateway that is down.
func (g *Gateway) SetURL(url string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.url = url
}

// Reply is what the gateway answered; Status is 0 when it did not.
type Reply struct {
	Status int
	Body   []byte
	// Wait is the pause before a repeat.
	Wait time.Duration
}

// Again says that the caller must repeat: no answer, 429 or 5xx (contracts/increff-erp.md §2.1).
func (r Reply) Again() bool {
	return r.Status == 0 || r.Status == http.StatusTooManyRequests || r.Status >= 500
}

// OK says that the gateway took it.
func (r Reply) OK() bool { return r.Status == http.StatusOK }

// Code is the code of the error body, empty when there is none.
func (r Reply) Code() string { return r.Error().Code }

// Error is the error body, empty for a success.
func (r Reply) Error() increff.ErrorBody {
	var body increff.ErrorBody
	if !r.OK() {
		_ = json.Unmarshal(r.Body, &body)
	}
	return body
}

// Post sends a body once.
func (g *Gateway) Post(ctx context.Context, path string, body []byte) Reply {
	lost := Reply{Wait: orDefault(g.RetryEvery, time.Second)}
	g.mu.Lock()
	url := g.url
	g.mu.Unlock()
	if url == "" {
		return lost
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+path, bytes.NewReader(body))
	if err != nil {
		return lost
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("authUsername", g.Username)
	req.Header.Set("authPassword", g.Password)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return lost
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return lost
	}
	return Reply{Status: resp.StatusCode, Body: answer, Wait: g.wait(resp.Header.Get("Retry-After"))}
}

func (g *Gateway) wait(retryAfter string) time.Duration {
	wait := orDefault(g.RetryEvery, time.Second)
	if seconds, err := strconv.Atoi(retryAfter); err == nil && seconds >= 0 {
		wait = time.Duration(seconds) * time.Second
	}
	return min(wait, orDefault(g.MaxRetryAfter, time.Minute))
}

func orDefault(d, fallback time.Duration) time.Duration {
	if d == 0 {
		return fallback
	}
	return d
}
