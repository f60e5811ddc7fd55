package ajio

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"time"

	"vmsflow/internal/ajio/wire"
	"vmsflow/internal/order"
)

// GenerateRequest makes the B2B invoice for a purchase order. Number and date are the seller's.
type GenerateRequest struct {
	OrderID       string
	PONumber      string
	InvoiceNumber string
	InvoiceDate   time.Time
	Lines         order.Quantities // invoiced units; Ajio books the rest of the order as short-picked
}

// GeneratedInvoice is what Ajio made.
type GeneratedInvoice struct {
	// InvoiceNumber is the one that Ajio keeps. If it is not ours, a person must settle it: the IRN is bound to ours.
	InvoiceNumber string
	URL           string // empty when Ajio names none
}

// GenerateInvoice makes the B2B invoice; the order becomes PACKED. A second one for the same order is KindRefused
// whatever its content, so a repeat reads Invoice first (contracts/ajio-vms.md §6.1, §11).
func (c *Client) GenerateInvoice(ctx context.Context, r GenerateRequest) (GeneratedInvoice, error) {
	body := wire.Generate{
		OrderID: r.OrderID, PONumber: r.PONumber, InvoiceNumber: r.InvoiceNumber, InvoiceDate: wire.At(r.InvoiceDate),
		Lines: []wire.InvoiceLine{},
	}
	for _, id := range r.Lines.IDs() {
		if units := r.Lines[id]; units != 0 {
			body.Lines = append(body.Lines, wire.InvoiceLine{OrderItemID: wire.Text(id), Quantity: wire.Count(units)})
		}
	}
	k := call{name: "generate B2B invoice", orderID: r.OrderID, method: http.MethodPost, path: wire.PathB2BInvoice, body: body}
	var answer wire.GenerateAnswer
	if err := c.do(ctx, k, &answer); err != nil {
		return GeneratedInvoice{}, err
	}
	if err := c.settle(k, answer.Outcome); err != nil {
		return GeneratedInvoice{}, err
	}
	if answer.InvoiceNumber == "" {
		return GeneratedInvoice{}, c.failed(k, KindMalformed, http.StatusOK, "the answer names no invoice number")
	}
	return GeneratedInvoice{InvoiceNumber: string(answer.InvoiceNumber), URL: string(answer.InvoiceURL)}, nil
}

// AttachRequest adds to a B2B invoice what the IRP said of it.
type AttachRequest struct {
	OrderID       string
	InvoiceNumber string
	IRN           string
	SignedQR      string
	AckNumber     string     // left out when empty: the ERP's posting does not carry it
	AckDate       *time.Time // left out when nil
}

// AttachIRN adds IRN and signed QR. The same content again succeeds; another IRN is KindRefused.
func (c *Client) AttachIRN(ctx context.Context, r AttachRequest) error {
	body := wire.Attach{
		OrderID: r.OrderID, InvoiceNumber: r.InvoiceNumber, IRN: r.IRN, QRCode: r.SignedQR, AckNumber: r.AckNumber,
	}
	if r.AckDate != nil {
		at := wire.At(*r.AckDate)
		body.AckDate = &at
	}
	k := call{name: "attach IRN", orderID: r.OrderID, method: http.MethodPut, path: wire.PathB2BInvoice, body: body}
	var outcome wire.Outcome
	if err := c.do(ctx, k, &outcome); err != nil {
		return err
	}
	return c.settle(k, outcome)
}

// UploadRequest hands over the invoice's PDF, or a URL where Ajio finds it: exactly one of the two.
type UploadRequest struct {
	OrderID       string
	InvoiceNumber string
	Document      []byte // the PDF
	DocumentURL   string
}

const oneDocument = "exactly one of document and document URL must be given"

// UploadInvoice hands over the document; the order becomes READY_TO_DISPATCH. A new upload replaces the old one.
func (c *Client) UploadInvoice(ctx context.Context, r UploadRequest) error {
	k := call{
		name: "upload B2B invoice", orderID: r.OrderID, method: http.MethodPost, path: wire.PathInvoiceDocument,
		body: wire.Upload{
			OrderID: r.OrderID, InvoiceNumber: r.InvoiceNumber, DocumentURL: r.DocumentURL,
			Document: base64.StdEncoding.EncodeToString(r.Document),
		},
	}
	if (len(r.Document) == 0) == (r.DocumentURL == "") {
		return c.failed(k, KindRefused, 0, oneDocument)
	}
	var outcome wire.Outcome
	if err := c.do(ctx, k, &outcome); err != nil {
		return err
	}
	return c.settle(k, outcome)
}

// InvoiceInfo is the B2B invoice as Ajio has it.
type InvoiceInfo struct {
	OrderID     string
	PONumber    string
	Number      string
	Date        time.Time
	IRN         string           // empty until attached
	DocumentURL string           // empty until uploaded
	Lines       order.Quantities // invoiced units
}

// Invoice reads the B2B invoice back; nil when there is none, whether Ajio says so with a 404 or with a null
// number (contracts/ajio-vms.md §6.4).
func (c *Client) Invoice(ctx context.Context, orderID string) (*InvoiceInfo, error) {
	k := call{
		name: "read B2B invoice", orderID: orderID, method: http.MethodGet, path: wire.PathB2BInvoice,
		query: url.Values{wire.QueryOrderID: {orderID}},
	}
	var answer wire.Invoice
	err := c.do(ctx, k, &answer)
	if isNotFound(err) || err == nil && answer.InvoiceNumber == "" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := c.sameOrder(k, answer.OrderID); err != nil {
		return nil, err
	}
	info := &InvoiceInfo{
		OrderID: orderID, PONumber: string(answer.PONumber), Number: string(answer.InvoiceNumber),
		Date: answer.InvoiceDate.Time, IRN: string(answer.IRN), DocumentURL: string(answer.DocumentURL),
		Lines: order.Quantities{},
	}
	for _, line := range answer.Lines {
		info.Lines[string(line.OrderItemID)] += int(line.Quantity)
	}
	return info, nil
}

// isNotFound reports whether Ajio has no such thing.
func isNotFound(err error) bool {
	failed, ok := errors.AsType[*Error](err)
	return ok && failed.Status == http.StatusNotFound
}

// sameOrder keeps another order's paper from being taken for ours. An answer that names no order passes.
func (c *Client) sameOrder(k call, answered wire.Text) error {
	if answered == "" || string(answered) == k.orderID {
		return nil
	}
	return c.failed(k, KindMalformed, http.StatusOK, "the answer is about order "+string(answered))
}
