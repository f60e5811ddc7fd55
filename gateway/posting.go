package main

import (
	"bytes"
	"context"
	"encoding/json"

	"vmsflow/internal/einvoice"
	"vmsflow/internal/fetch"
	"vmsflow/internal/postgres"
)

// What the postings of an ERP have in common: a document, in base64 or at a URL, and that they are sent again.

// readDocument takes the PDF out of a posting's field and checks it (INV-4).
func readDocument(field string, encoded *string) (pdf []byte, problems broken) {
	text := *encoded
	*encoded = ""
	if text == "" {
		return nil, nil
	}
	pdf, problem := einvoice.ReadPDF(text)
	if problem != "" {
		problems.add(field, "%s", problem)
	}
	return pdf, problems
}

// checkURL judges the form of a document's URL (INV-4), as whoever fetches it will. With a PDF, the PDF counts. Where a
// name leads shows only then.
func (s *server) checkURL(field, url string, hasPDF bool, pobs ...string) (problems broken) {
	if hasPDF || url == "" {
		return nil
	}
	var allowed []string
	for _, pob := range pobs {
		allowed = append(allowed, s.documentHosts[pob]...)
	}
	if err := fetch.CheckURL(url, allowed); err != nil {
		problems.add(field, "INV-4 %v", err)
	}
	return problems
}

// isDocument says whether an accepted posting had this very PDF, down to its bytes; id is 0 and pdf nil where it came by
// URL.
func (s *server) isDocument(ctx context.Context, id int64, pdf []byte) (bool, error) {
	var archived postgres.Document
	if id != 0 {
		var err error
		if archived, err = s.db.Document(ctx, id); err != nil {
			return false, err
		}
	}
	return bytes.Equal(archived.Content, pdf), nil
}

// differingPosting names the fields in which a posting differs from the accepted one, both without their documents.
func differingPosting(kind string, accepted, said any) ([]string, error) {
	first, err := json.Marshal(accepted)
	if err != nil {
		return nil, err
	}
	second, err := json.Marshal(said)
	return differences(kind, first, second), err
}
