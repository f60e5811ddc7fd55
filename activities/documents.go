package activities

import (
	"context"

	"vmsflow/internal/fetch"
	"vmsflow/internal/postgres"
)

// Documents archives what others keep for us.
type Documents struct {
	DB       *postgres.DB
	Fetchers map[string]*fetch.Fetcher // by POB
}

// FetchInput is an invoice or a credit note whose PDF is at a URL of the ERP.
type FetchInput struct {
	Pob     string `json:"pob"`
	OrderID string `json:"order_id"` // the id of the return, for a credit note
	Number  string `json:"number"`   // of the document
	URL     string `json:"url"`
	// Anew says that the order or return refused an earlier posting: what was archived for it does not count.
	Anew bool `json:"anew,omitempty"`
}

// FetchInvoice archives the PDF at an invoice's URL (contracts/increff-erp.md §3.1, INV-4). What is archived is not
// read again: an ERP may make the PDF anew for each call, with other bytes, and an invoice has one document.
func (a *Documents) FetchInvoice(ctx context.Context, in FetchInput) (DocumentRef, error) {
	return a.fetch(ctx, in, postgres.KindB2BInvoice, "invoice "+in.Number)
}

// FetchCreditNote archives the PDF at a credit note's URL, as FetchInvoice (contracts/increff-erp.md §8.1).
func (a *Documents) FetchCreditNote(ctx context.Context, in FetchInput) (DocumentRef, error) {
	return a.fetch(ctx, in, postgres.KindCreditNote, "credit note "+in.Number)
}

// fetch archives one kind of document; name is what an operator calls it.
func (a *Documents) fetch(ctx context.Context, in FetchInput, kind, name string) (DocumentRef, error) {
	fetcher, ok := a.Fetchers[in.Pob]
	if !ok {
		return DocumentRef{}, unknownPob(in.Pob)
	}
	source := fetch.WithoutQuery(in.URL)
	archived, err := a.DB.Documents(ctx, in.Pob, in.OrderID)
	if err != nil {
		return DocumentRef{}, err
	}
	for _, d := range archived {
		if !in.Anew && d.Kind == kind && d.Number == in.Number && d.SourceURL == source {
			return d.DocumentRef, nil
		}
	}
	content, err := fetcher.PDF(ctx, in.URL)
	if err != nil {
		return DocumentRef{}, fromFetch(err, name)
	}
	return a.DB.SaveDocument(ctx, postgres.Document{
		Pob: in.Pob, OrderID: in.OrderID, Kind: kind, Number: in.Number,
		ContentType: "application/pdf", Content: content, SourceURL: source,
	})
}
