package irptest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"vmsflow/internal/irp/wire"
	"vmsflow/internal/simulate"
)

// maxBody bounds what the simulator reads: a document of 1000 lines and more than enough around it.
const maxBody = 8 << 20

// endpoint is one call of the interface. Its functions run with the state locked.
type endpoint struct {
	name   string
	handle func(request) reply
	refuse func(request) reply // answers a refusal on demand
	open   bool                // needs no token: the login
}

// request is a call as it came.
type request struct {
	gstin  string // whose token it carries
	now    time.Time
	header http.Header
	irn    string // in the path
	body   []byte
}

// reply is what a call answers and what the ledger keeps of it.
type reply struct {
	answer wire.Answer
	client string
	key    string
	effect bool // something was registered or cancelled; a login changes neither
	lost   bool // the answer never arrives
	detail map[string]any
}

// serve takes a call through token and faults to its handler, and into the ledger. A call that is turned away at the
// token takes no fault.
func (s *Server) serve(e endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
		if err != nil {
			panic(http.ErrAbortHandler) // the caller hung up; nothing was asked
		}
		asked := request{now: s.options.Now(), header: r.Header, irn: r.PathValue("irn"), body: body}
		call := simulate.Call{At: asked.now, System: System, Name: e.name, Key: keyOf(asked)}
		out := s.Ledger.Note(w, &call)
		if !e.open {
			gstin, alive := s.signedIn(asked)
			asked.gstin, call.Client = gstin, gstin
			if !alive {
				s.write(out, &call, refused(wire.CodeInvalidToken, "the token is missing, unknown or expired, or of another user"))
				return
			}
		}
		call.Fault = s.Faults.Draw(e.name)
		switch call.Fault {
		case simulate.TokenExpired:
			s.expire(asked)
			s.write(out, &call, refused(wire.CodeInvalidToken, "the token has expired"))
		case simulate.Refused:
			s.write(out, &call, s.locked(e.refuse, asked))
		default:
			s.answer(e, asked, &call, out, r)
		}
	}
}

// answer handles a call under its fault. Without one, the handler may still decide that its answer is lost.
func (s *Server) answer(e endpoint, asked request, call *simulate.Call, out http.ResponseWriter, r *http.Request) {
	handle := func() reply {
		asked.now = s.options.Now() // a slow call happens when it is answered
		return s.locked(e.handle, asked)
	}
	if call.Fault == simulate.None {
		done := handle()
		if done.lost {
			call.Fault = simulate.AnswerLost
		}
		handle = func() reply { return done }
	}
	s.Faults.Serve(call.Fault, out, r, func(w http.ResponseWriter, _ *http.Request) { s.write(w, call, handle()) })
}

func (s *Server) locked(handle func(request) reply, asked request) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	return handle(asked)
}

// write sends a reply and completes the ledger's entry. Business errors come with HTTP 200 as well.
func (s *Server) write(w http.ResponseWriter, call *simulate.Call, r reply) {
	call.Effect = r.effect
	if r.key != "" {
		call.Key = r.key
	}
	if r.client != "" {
		call.Client = r.client
	}
	if r.detail != nil {
		call.Detail, _ = json.Marshal(r.detail) // maps of plain values
	}
	simulate.WriteJSON(w, r.answer)
}

// keyOf finds which IRN a call is about, also of a call that is never handled.
func keyOf(asked request) string {
	if asked.irn != "" {
		return asked.irn
	}
	var about struct {
		Irn string `json:"Irn"`
		wire.Document
	}
	_ = json.Unmarshal(asked.body, &about)
	if about.Irn == "" && about.DocDtls.No != "" {
		return about.IRN()
	}
	return about.Irn
}

// done answers Status 1.
func done(data any) reply {
	status := wire.Done
	return reply{answer: wire.Answer{Status: &status, Data: encode(data)}}
}

// refused answers Status 0 with one reason.
func refused(code, format string, args ...any) reply {
	return refusedFor([]wire.ErrorDetail{because(code, format, args...)})
}

// refusedFor answers Status 0 with all reasons.
func refusedFor(reasons []wire.ErrorDetail) reply {
	status := wire.Failed
	return reply{
		answer: wire.Answer{Status: &status, ErrorDetails: encode(reasons)},
		detail: map[string]any{"refused": reasons},
	}
}

// because is one reason. Its words are the simulator's own: nobody may decide on them.
func because(code, format string, args ...any) wire.ErrorDetail {
	return wire.ErrorDetail{ErrorCode: wire.Text(code), ErrorMessage: wire.Text(fmt.Sprintf(format, args...))}
}

func refuseInactive(request) reply {
	return refused(wire.CodeGSTINInactive, "refused on demand: the GSTIN is not active")
}

func encode(v any) json.RawMessage {
	encoded, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("irptest: cannot encode an answer: %v", err))
	}
	return encoded
}
