package activities

import (
	"context"
	"errors"

	"vmsflow/internal/einvoice"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
)

// Orders holds the effects on our own books in Postgres.
type Orders struct {
	DB *postgres.DB
}

// SoftReserve reserves stock for an order in one transaction and returns what it got: each line all of its units
// or none. A repeat returns the first answer.
func (a *Orders) SoftReserve(ctx context.Context, o order.Order) (order.Quantities, error) {
	reserved, err := a.DB.Reserve(ctx, o.Pob, o.ID, o.Lines)
	return reserved, fromPostgres(err)
}

// KeepInput is what an order goes on holding.
type KeepInput struct {
	Pob     string           `json:"pob"`
	OrderID string           `json:"order_id"`
	Keep    order.Quantities `json:"keep"`
}

// KeepReserved frees the stock that an order holds beyond the units to keep. A repeat changes nothing.
func (a *Orders) KeepReserved(ctx context.Context, in KeepInput) error {
	return fromPostgres(a.DB.KeepReserved(ctx, in.Pob, in.OrderID, in.Keep))
}

// EndInput is how an order ended.
type EndInput struct {
	Pob     string        `json:"pob"`
	OrderID string        `json:"order_id"`
	Outcome order.Outcome `json:"outcome"`
	Reason  string        `json:"reason,omitempty"`
}

// EndOrder closes an order's books in one transaction: units that were shipped leave the stock, any others are
// free again.
func (a *Orders) EndOrder(ctx context.Context, in EndInput) error {
	return fromPostgres(a.DB.EndOrder(ctx, in.Pob, in.OrderID, in.Outcome, in.Reason))
}

// MarkEnding notes that an order is being taken back, before anybody outside is told: from now on the gateway answers
// its warehouse and its ERP that the order is cancelled, however long the taking back lasts.
func (a *Orders) MarkEnding(ctx context.Context, in EndInput) error {
	return fromPostgres(a.DB.MarkEnding(ctx, in.Pob, in.OrderID, in.Reason))
}

// ArchiveInput is an invoice that an adapter signalled with its PDF inside.
type ArchiveInput struct {
	Pob     string `json:"pob"`
	OrderID string `json:"order_id"`
	Number  string `json:"number"`
	PDF     string `json:"pdf"` // base64
}

// ArchiveResult is the archived document, or why it is none.
type ArchiveResult struct {
	Document DocumentRef `json:"document"`
	Problem  string      `json:"problem,omitempty"`
}

// ArchiveInvoice puts a signalled PDF into Postgres, where the gateway puts those that it receives, after the same
// checks.
func (a *Orders) ArchiveInvoice(ctx context.Context, in ArchiveInput) (ArchiveResult, error) {
	content, problem := einvoice.ReadPDF(in.PDF)
	if problem != "" {
		return ArchiveResult{Problem: "invoicePdf: " + problem}, nil
	}
	document, err := a.DB.SaveDocument(ctx, postgres.Document{
		Pob: in.Pob, OrderID: in.OrderID, Kind: postgres.KindB2BInvoice, Number: in.Number,
		ContentType: "application/pdf", Content: content,
	})
	return ArchiveResult{Document: document}, err
}

// fromPostgres parks a step whose facts contradict what is stored; everything else, such as a database that is
// down, is retried.
func fromPostgres(err error) error {
	if errors.Is(err, postgres.ErrConflict) {
		return Refuse(AttentionConflict, err, "%v; find out which is right, then retry or cancel", err)
	}
	return err
}
