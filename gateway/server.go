package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"go.temporal.io/sdk/client"

	"vmsflow/internal/einvoice"
	"vmsflow/internal/increff"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

const (
	// requestsPerMinute is what a client may ask over all URLs (contracts/increff-erp.md §2.1, documented).
	requestsPerMinute = 200
	// maxBody is the largest body (contracts/increff-erp.md §2.1, assumed): a PDF of 10 MiB in base64 and the rest.
	maxBody = 15 << 20
)

// server is the gateway. It keeps nothing between calls: any number of them may run side by side.
type server struct {
	db        *postgres.DB
	temporal  client.Client
	callers   []caller
	rules     map[string]einvoice.Rules        // on an ERP's invoice and credit note, by POB
	policies  map[string]contract.ReturnPolicy // of the returns that a message starts, by POB
	log       *slog.Logger
	publicURL string // without a slash at its end
	// documentHosts are, by POB, the hosts that invoice documents may come from over http and from private addresses.
	documentHosts map[string][]string
	wait          time.Duration // for Ajio, in a pack or a manifest
	stopping      <-chan struct{}
}

// routes lists every URL that is served.
func (s *server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", s.livez)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.Handle("POST /ajio-vms/b2bInvoice/posting", s.handle(s.postInvoice))
	mux.Handle("POST /ajio-vms/creditNote/posting", s.handle(s.postCreditNote))
	mux.Handle("POST /usp/order/pack", s.handle(s.pack))
	mux.Handle("POST /usp/return", s.handle(s.postReturn))
	mux.Handle("POST /manifests", s.handle(s.postManifest))
	mux.Handle("GET /manifests", s.handle(s.getManifest))
	mux.Handle("POST /ewms/push/usp/handover/combined", s.handle(s.combinedHandover))
	mux.Handle("GET /documents/manifest/{id}", s.handle(s.manifestDocument))
	mux.Handle("GET /documents/{kind}/{id}", s.handle(s.document))
	mux.Handle("/", s.handle(s.noSuchURL))
	return mux
}

// call is one request of a known client.
type call struct {
	*http.Request
	caller caller
	body   []byte
	// orderID and pob are for the log, as far as the handler has found them out.
	orderID, pob string
	returnRow    int64 // of the return that the call is about; 0 for an order
}

// handler answers a call: with nil for an empty 200, a file, a redirect, or anything else as JSON; or with an
// error, which is a *refusal or else our own failure.
type handler func(ctx context.Context, c *call) (any, error)

// handle puts around a handler what all calls have in common.
func (s *server) handle(answer handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		c := &call{Request: r}
		result, err := s.admitted(w, c, answer)
		status, code := s.write(w, r, result, err)
		s.log.LogAttrs(r.Context(), levelOf(status), "call",
			slog.String("route", r.Pattern), slog.String("client", c.caller.name), slog.String("pob", c.pob),
			slog.String("order_id", c.orderID), slog.Int("status", status), slog.String("code", code),
			slog.Duration("duration", time.Since(started)))
	})
}

// admitted lets a call through to its handler: credential, then rate, then size.
func (s *server) admitted(w http.ResponseWriter, c *call, answer handler) (result any, err error) {
	defer func() {
		if problem := recover(); problem != nil {
			s.log.Error("panic", "route", c.Pattern, "problem", fmt.Sprint(problem), "stack", string(debug.Stack()))
			result, err = nil, errors.New("panic")
		}
	}()
	var known bool
	if c.caller, known = s.authenticate(c.Request); !known {
		return nil, unauthorized()
	}
	within, retryAfter, err := s.db.TakeRequest(c.Context(), c.caller.name, requestsPerMinute, time.Now())
	if err != nil {
		return nil, err
	}
	if !within {
		return nil, tooManyRequests(retryAfter)
	}
	c.body, err = io.ReadAll(http.MaxBytesReader(w, c.Body, maxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, tooLarge()
	case err != nil:
		return nil, badData(broken{"[body: broke off before its end]"})
	}
	return answer(c.Context(), c)
}

// write sends an answer and returns its status and error code.
func (s *server) write(w http.ResponseWriter, r *http.Request, result any, err error) (status int, code string) {
	if err != nil {
		return s.writeError(w, err)
	}
	switch answer := result.(type) {
	case nil:
		w.WriteHeader(http.StatusOK)
	case file:
		answer.write(w, r)
	case redirect:
		http.Redirect(w, r, string(answer), http.StatusFound)
		return http.StatusFound, ""
	default:
		writeJSON(w, http.StatusOK, answer)
	}
	return http.StatusOK, ""
}

func (s *server) writeError(w http.ResponseWriter, err error) (status int, code string) {
	var refused *refusal
	if !errors.As(err, &refused) {
		s.log.Error("call failed", "error", err)
		refused = internalError()
	}
	if refused.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(refused.retryAfter.Seconds()))))
	}
	writeJSON(w, refused.status, refused.body)
	return refused.status, refused.body.Code
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // the bodies hold URLs and are never put into a page
	if err := encoder.Encode(body); err != nil {
		panic(err) // our own types
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(text.Bytes()) // nobody is left to tell
}

func levelOf(status int) slog.Level {
	if status == http.StatusInternalServerError {
		return slog.LevelError
	}
	return slog.LevelInfo
}

func (s *server) noSuchURL(context.Context, *call) (any, error) {
	return nil, &refusal{status: http.StatusNotFound, body: increff.ErrorBody{
		Code: increff.BadData, Message: "No such call", Description: "[URL: the gateway serves no such method and path]",
	}}
}
