package simulate

import (
	"bufio"
	"net"
	"net/http"
	"sync"
	"time"
)

// Note wraps a response writer so that the call is recorded the moment before its answer leaves: whoever has
// the answer finds the call in the ledger. The status is filled in, 0 when the connection is dropped instead;
// the caller fills everything else, at the latest in the handler that it gives to Plan.Serve.
func (l *Ledger) Note(w http.ResponseWriter, c *Call) http.ResponseWriter {
	return &noting{ResponseWriter: w, ledger: l, call: c}
}

type noting struct {
	http.ResponseWriter
	ledger *Ledger
	call   *Call
	once   sync.Once
}

func (n *noting) note(status int) {
	n.once.Do(func() {
		n.call.Status = status
		if n.call.At.IsZero() {
			n.call.At = time.Now()
		}
		n.ledger.Record(*n.call)
	})
}

func (n *noting) WriteHeader(status int) {
	n.note(status)
	n.ResponseWriter.WriteHeader(status)
}

func (n *noting) Write(b []byte) (int, error) {
	n.note(http.StatusOK)
	return n.ResponseWriter.Write(b)
}

// Hijack is how Plan.Serve drops a connection.
func (n *noting) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	n.note(0)
	return http.NewResponseController(n.ResponseWriter).Hijack()
}
