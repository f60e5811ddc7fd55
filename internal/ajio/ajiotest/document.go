package ajiotest

import (
	"encoding/base64"
	"net/http"
	"strings"

	"vmsflow/internal/ajio/wire"
)

// b2cInvoice answers GET P/orders/b2cInvoice (§6.5).
func (s *Server) b2cInvoice(asked request) reply {
	return s.paper(asked, "b2c", s.options.Quirks.Documents != AlwaysContent, func(o *placed) string {
		return "AJC" + strings.TrimPrefix(o.OrderID, "S17")
	})
}

// label answers GET P/orders/shippingLabel (§6.6); its number is the AWB.
func (s *Server) label(asked request) reply {
	return s.paper(asked, "label", s.options.Quirks.Documents == AlwaysURL, func(o *placed) string { return o.TrackingNumber })
}

// paper answers with a document from READY_TO_DISPATCH on, after the delay.
func (s *Server) paper(asked request, kind string, asURL bool, number func(*placed) string) reply {
	id := asked.query.Get(wire.QueryOrderID)
	o := s.find(asked, id)
	switch {
	case o == nil:
		return envelope(http.StatusNotFound, simUnknownOrder, "there is no order %s", id)
	case o.ReadyAt == nil || asked.now.Before(o.ReadyAt.Add(s.options.DocumentDelay)):
		return envelope(http.StatusNotFound, simNotReady, "the document of order %s is not there yet", id)
	}
	answer := wire.Document{OrderID: wire.Text(id), Number: wire.Text(number(o))}
	if asURL {
		answer.DocumentURL = s.link(asked, kind, id)
	} else {
		answer.Document = wire.Text(base64.StdEncoding.EncodeToString(pdf(kind + " " + id)))
	}
	return reply{body: answer, detail: map[string]any{"document_number": answer.Number}}
}

// link is where a document can be fetched.
func (s *Server) link(asked request, kind, id string) wire.Text {
	base := asked.self
	if s.options.Quirks.DocumentBase != "" {
		base = s.options.Quirks.DocumentBase
	}
	return wire.Text(base + "/files/" + kind + "/" + id + ".pdf")
}

// file serves what link names: only with a token, and only to whom the order, the manifest or the return belongs.
func (s *Server) file(asked request) reply {
	kind, id := asked.path("kind"), strings.TrimSuffix(asked.path("id"), ".pdf")
	answer := reply{key: id, body: pdf(kind + " " + id), detail: map[string]any{"kind": kind}}
	o := s.find(asked, id)
	var there bool
	switch kind {
	case "po":
		there = o != nil && o.PONumber != ""
	case "b2c", "label":
		there = o != nil && o.ReadyAt != nil
	case "b2b":
		if there = o != nil && o.DocumentSHA256 != ""; there {
			answer.body = o.document
		}
	case "rsi":
		r := s.findReturn(asked, id)
		there = r != nil && r.RSIAt != nil && !asked.now.Before(*r.RSIAt)
	case "manifest":
		there = s.ownManifest(asked, id) != nil
	}
	if !there {
		return envelope(http.StatusNotFound, simNotReady, "there is no such document")
	}
	return answer
}
