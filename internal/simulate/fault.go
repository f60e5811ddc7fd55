package simulate

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Fault is one way in which an outside system misbehaves.
type Fault string

// The faults. A fault either keeps the call from having an effect or spoils the answer after it.
const (
	None            Fault = ""
	TooManyRequests Fault = "too_many_requests" // 429 with Retry-After, no effect
	TooManyBare     Fault = "too_many_bare"     // 429 without Retry-After, no effect
	ServerError     Fault = "server_error"      // 500 with an HTML body, no effect
	Unavailable     Fault = "unavailable"       // 503 with an empty body, no effect
	Timeout         Fault = "timeout"           // no answer until the caller hangs up, no effect
	Slow            Fault = "slow"              // the right answer, late
	AnswerLost      Fault = "answer_lost"       // the effect, then a dropped connection
	TokenExpired    Fault = "token_expired"     // 401 once, no effect
	Refused         Fault = "refused"           // a business refusal in the system's own shape, no effect
)

// Plan decides which call meets which fault: those queued for a name first, then chance. Its zero value never
// misbehaves; it is safe for concurrent use.
type Plan struct {
	mu     sync.Mutex
	queued map[string][]Fault
	random *rand.Rand
	rates  []Rate

	every, counted int             // of RefuseEvery
	refused        map[string]bool // what it has refused, by name and what it was about

	// SlowFor is how long a Slow answer waits and RetryAfter what a 429 asks for; both one second when zero.
	SlowFor, RetryAfter time.Duration
	// HangFor bounds Timeout, so that a simulator can always stop; a minute when zero.
	HangFor time.Duration
}

// Rate is a fault with its chance between 0 and 1, for calls of the given names or, without names, for all.
type Rate struct {
	Fault  Fault    `json:"fault"`
	Chance float64  `json:"chance"`
	Names  []string `json:"names,omitempty"`
}

// Next queues a fault for the next calls of this name, n times.
func (p *Plan) Next(name string, fault Fault, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.queued == nil {
		p.queued = map[string][]Fault{}
	}
	for range n {
		p.queued[name] = append(p.queued[name], fault)
	}
}

// Random sets the chances of faults, drawn from a seeded source so that a run can be repeated.
func (p *Plan) Random(seed uint64, rates ...Rate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.random, p.rates = rand.New(rand.NewPCG(seed, seed)), rates
}

// Draw takes the fault that the next call of this name meets.
func (p *Plan) Draw(name string) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	if queue := p.queued[name]; len(queue) > 0 {
		p.queued[name] = queue[1:]
		return queue[0]
	}
	if p.random == nil {
		return None
	}
	chance := p.random.Float64()
	for _, rate := range p.rates {
		if !rate.covers(name) {
			continue
		}
		if chance < rate.Chance {
			return rate.Fault
		}
		chance -= rate.Chance
	}
	return None
}

func (r Rate) covers(name string) bool {
	return len(r.Names) == 0 || slices.Contains(r.Names, name)
}

// Serve answers one call under the given fault. Refused and TokenExpired have the system's own shape, so the
// caller answers those itself and must not pass them here. It reports the status sent, 0 when none was.
func (p *Plan) Serve(fault Fault, w http.ResponseWriter, r *http.Request, handle http.HandlerFunc) int {
	switch fault {
	case None:
	case TooManyRequests:
		w.Header().Set("Retry-After", strconv.Itoa(int(max(p.RetryAfter, time.Second).Seconds())))
		http.Error(w, "", http.StatusTooManyRequests)
		return http.StatusTooManyRequests
	case TooManyBare:
		w.WriteHeader(http.StatusTooManyRequests)
		return http.StatusTooManyRequests
	case ServerError:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprint(w, "<html><body>Internal Server Error</body></html>")
		return http.StatusInternalServerError
	case Unavailable:
		w.WriteHeader(http.StatusServiceUnavailable)
		return http.StatusServiceUnavailable
	case Timeout:
		wait(r, orDefault(p.HangFor, time.Minute))
		hangUp(w)
		return 0
	case Slow:
		wait(r, orDefault(p.SlowFor, time.Second))
	case AnswerLost:
		handle(&answer{header: http.Header{}}, r)
		hangUp(w)
		return 0
	case TokenExpired, Refused:
		panic(fmt.Sprintf("simulate: fault %q must be answered by the simulator itself", fault))
	}
	recorded := &answer{header: http.Header{}}
	handle(recorded, r)
	maps.Copy(w.Header(), recorded.header)
	w.WriteHeader(recorded.code())
	_, _ = w.Write(recorded.body.Bytes())
	return recorded.code()
}

// answer records what a handler writes, so that an answer can be lost after its effect.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }

func (a *answer) code() int {
	if a.status == 0 {
		return http.StatusOK
	}
	return a.status
}

func wait(r *http.Request, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-r.Context().Done():
	case <-timer.C:
	}
}

// hangUp drops the connection without an answer.
func hangUp(w http.ResponseWriter) {
	if hijacker, ok := w.(http.Hijacker); ok {
		if conn, _, err := hijacker.Hijack(); err == nil {
			_ = conn.Close()
			return
		}
	}
	panic(http.ErrAbortHandler)
}

func orDefault(d, fallback time.Duration) time.Duration {
	if d == 0 {
		return fallback
	}
	return d
}
