package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"vmsflow/internal/postgres"
)

// documentKinds are the kinds of documents as they stand in URLs.
var documentKinds = map[string]string{
	"label": postgres.KindShippingLabel, "b2c-invoice": postgres.KindB2CInvoice, "b2b-invoice": postgres.KindB2BInvoice,
}

// file is a document as an answer.
type file struct {
	name string
	postgres.Document
}

// redirect is an answer that sends the caller to another URL.
type redirect string

// labelNumbers lists the tracking numbers of an order's labels, the latest one last.
func (s *server) labelNumbers(ctx context.Context, o postgres.Order) (numbers []string, err error) {
	documents, err := s.db.Documents(ctx, o.Order.Pob, o.Order.ID)
	for _, document := range documents {
		if document.Kind == postgres.KindShippingLabel {
			numbers = append(numbers, document.Number)
		}
	}
	return numbers, err
}

func (s *server) documentURL(kind string, id int64) string {
	return fmt.Sprintf("%s/documents/%s/%d", s.publicURL, kind, id)
}

// document serves a document to the client whose order it belongs to: GET /documents/{kind}/{id}.
func (s *server) document(ctx context.Context, c *call) (any, error) {
	id, err := strconv.ParseInt(c.PathValue("id"), 10, 64)
	kind, known := documentKinds[c.PathValue("kind")]
	if err != nil || !known {
		return nil, unknown("document")
	}
	found, err := s.db.Document(ctx, id)
	if errors.Is(err, postgres.ErrNotFound) || err == nil && (found.Kind != kind || !c.caller.has(found.Pob)) {
		return nil, unknown("document")
	}
	if err != nil {
		return nil, err
	}
	c.pob, c.orderID = found.Pob, found.OrderID
	return file{name: c.PathValue("kind") + "-" + found.OrderID, Document: found}, nil
}

func (f file) write(w http.ResponseWriter, r *http.Request) {
	name := f.name
	if f.ContentType == "application/pdf" {
		name += ".pdf"
	}
	h := w.Header()
	h.Set("Content-Type", f.ContentType)
	h.Set("Content-Disposition", fmt.Sprintf("inline; filename=%q", name))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private")
	h.Set("ETag", `"`+f.SHA256+`"`)
	http.ServeContent(w, r, "", f.CreatedAt, bytes.NewReader(f.Content))
}

// manifestDocument leads to Ajio's document of a manifest: GET /documents/manifest/{manifestCode}.
func (s *server) manifestDocument(ctx context.Context, c *call) (any, error) {
	m, err := s.db.FindManifest(ctx, c.PathValue("id"), c.caller.pobs)
	if errors.Is(err, postgres.ErrNotFound) || err == nil && !isWeb(m.URL) {
		return nil, unknown("document")
	}
	if err != nil {
		return nil, err
	}
	c.pob = m.Pob
	return redirect(m.URL), nil
}

func (s *server) manifestURL(manifestCode string) string {
	return s.publicURL + "/documents/manifest/" + url.PathEscape(manifestCode)
}

func isWeb(link string) bool {
	return strings.HasPrefix(link, "https://") || strings.HasPrefix(link, "http://")
}
